import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import kafkajs from 'kafkajs';

/** The part of kafkajs' connection that its types leave out. */
export interface Connection {
  readonly socket: Socket;
  connect(): Promise<unknown>;
  send(call: object): Promise<unknown>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
}

export const TIMEOUT_MS = 300;

/** A frame that answers a request: its correlation id, and nothing else. */
export const answerTo = (request: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 4]), request.subarray(8, 12)]);

export interface TalkingServer {
  readonly port: number;
  /** Every connection that it has taken, in order. */
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

/** A broker in so far as it takes connections and says to each request what the test has it say. */
export const openServer = async (say: (socket: Socket, request: Buffer) => void): Promise<TalkingServer> => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request) => say(socket, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const parts = () => {
  const require = createRequire(import.meta.url);
  const nothing = () => undefined;
  const LoggerNone = { namespace: () => LoggerNone, info: nothing, warn: nothing, error: nothing, debug: nothing };
  const Connection = require('kafkajs/src/network/connection') as new (options: object) => Connection;
  const Encoder = require('kafkajs/src/protocol/encoder') as new () => object;
  return { Connection, Encoder, LoggerNone };
};

/** A connection of kafkajs that is not open yet. */
export const connectionTo = (port: number): Connection => {
  const { Connection: Kafkajs, LoggerNone } = parts();
  return new Kafkajs({
    host: '127.0.0.1',
    port,
    logger: LoggerNone,
    requestTimeout: TIMEOUT_MS,
    connectionTimeout: 1_000,
    socketFactory: ({ onConnect }: { onConnect: () => void }) => connect({ host: '127.0.0.1', port }, onConnect),
  });
};

/** One request, and what it came to: "answered", or the name of the error. */
export const ask = async (asked: Connection): Promise<unknown> => {
  const { Encoder } = parts();
  const call = {
    request: { apiKey: 3, apiName: 'Metadata', apiVersion: 0, encode: async () => new Encoder() },
    response: { decode: async () => ({ clientSideThrottleTime: 0 }), parse: async () => 'answered' },
  };
  return await asked.send(call).catch((error: Error) => error.name);
};

/** A client that gives up soon. */
export const impatientAdmin = (port: number): kafkajs.Admin =>
  new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: TIMEOUT_MS,
    retry: { initialRetryTime: 10, retries: 2 },
  }).admin();

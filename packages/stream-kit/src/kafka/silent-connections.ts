import type { Socket } from 'node:net';
import connection from 'kafkajs/src/network/connection.js';

interface Connection {
  /** Host and port. */
  readonly broker: string;
  readonly socket: Socket | undefined;
  send(asked: object): Promise<unknown>;
  processData(bytes: Buffer): void;
}

const patched = new WeakSet<object>();
/** When a socket last brought something, or was first used; `performance.now()`. */
const heardMs = new WeakMap<Socket, number>();
/** Sockets in use by broker. */
const inUse = new Map<string, Set<Socket>>();

/**
 * kafkajs 2.2.4 gives up a request that is not answered in time, and keeps the connection: where a middlebox has
 * forgotten it, each repeat waits as long again, for minutes. Silence ends a connection here, as in Kafka's own client; the
 * next request opens another. So it does all others to this broker that have been as silent: a middlebox forgets all of
 * them, and each would take as long again to be found out. Safe to call twice.
 */
export const endSilentConnections = (): void => {
  const { prototype } = connection as { readonly prototype: Connection };
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const { send, processData } = prototype;
  prototype.processData = function processAndNote(this: Connection, bytes: Buffer): void {
    if (this.socket !== undefined) heardMs.set(this.socket, performance.now());
    processData.call(this, bytes);
  };
  prototype.send = async function sendOrEnd(this: Connection, asked: object): Promise<unknown> {
    // The socket of now: another one may take its place.
    const { socket, broker } = this;
    const sentMs = performance.now();
    if (socket !== undefined) noteUse(broker, socket, sentMs);
    try {
      return await send.call(this, asked);
    } catch (error) {
      if ((error as Error).name === 'KafkaJSRequestTimeoutError') {
        if (socket !== undefined) end(socket);
        // The others fell silent at about that time, some a little later.
        endSilentSince((sentMs + performance.now()) / 2, broker);
      }
      throw error;
    }
  };
};

const end = (socket: Socket): void => {
  socket.destroy(new Error('no answer in time: the connection is ended'));
};

const noteUse = (broker: string, socket: Socket, nowMs: number): void => {
  if (socket.destroyed || heardMs.has(socket)) return;
  heardMs.set(socket, nowMs);
  const sockets = inUse.get(broker) ?? new Set();
  inUse.set(broker, sockets.add(socket));
  socket.once('close', () => sockets.delete(socket));
};

const endSilentSince = (sinceMs: number, broker: string): void => {
  for (const socket of inUse.get(broker) ?? []) {
    if (!socket.destroyed && (heardMs.get(socket) ?? 0) < sinceMs) end(socket);
  }
};

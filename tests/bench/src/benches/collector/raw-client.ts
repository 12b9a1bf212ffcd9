import { connect, type Socket } from 'node:net';

/** A connection that asks again as soon as it was answered. */
export interface RawClient {
  close(): void;
}

export interface RawClientOptions {
  readonly port: number;
  /** The next request, head and body; undefined = enough. */
  next(): Buffer | undefined;
  answered(status: number, tookMs: number): void;
  /** No more requests will be sent: `next` said so, or the connection was lost. */
  ended(error?: Error): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: (\d+)/i;

/** Bytes of the first whole answer in `bytes`, and its status; undefined when some are missing. */
export const parseAnswer = (bytes: Buffer): { readonly status: number; readonly length: number } | undefined => {
  const headLength = bytes.indexOf(HEAD_END);
  if (headLength < 0) return undefined;
  const head = bytes.toString('latin1', 0, headLength);
  const declared = LENGTH.exec(head)?.[1];
  if (declared === undefined) throw new Error(`an answer without content-length: ${head}`);
  const length = headLength + HEAD_END.length + Number(declared);
  return bytes.length < length ? undefined : { status: Number(head.slice(9, 12)), length };
};

/**
 * One keep-alive connection, one request at a time, on a bare socket: what the clients of Node cost would be taken from the
 * server under load, which shares the machine.
 */
export const openRawClient = ({ port, next, answered, ended }: RawClientOptions): RawClient => {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let sentMs = 0;
  let waiting: Buffer = Buffer.alloc(0);
  let isOver = false;
  const end = (error?: Error): void => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    ended(error);
  };
  const ask = (): void => {
    const request = next();
    if (request === undefined) {
      end();
      return;
    }
    sentMs = performance.now();
    socket.write(request);
  };
  socket.on('connect', ask);
  socket.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    const answer = parseAnswer(waiting);
    if (answer === undefined) return;
    waiting = waiting.subarray(answer.length);
    answered(answer.status, performance.now() - sentMs);
    ask();
  });
  socket.on('error', (error) => end(error));
  socket.on('close', () => end(new Error('the server has closed a connection')));
  return { close: () => end() };
};

import type { Socket } from 'node:net';
import connection from 'kafkajs/src/network/connection.js';

interface Connection {
  socket: Socket | undefined;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  connect(): Promise<unknown>;
}

/** Of an answer's length, which comes first. */
const LENGTH_BYTES = 4;

const patched = new WeakSet<object>();
const opening = new WeakMap<Connection, Promise<unknown>>();

/**
 * kafkajs 2.2.4 keeps one object through all connections to a broker, and lets one leave things to the next. Of an answer
 * that was cut off, the next connection's bytes are taken for the rest: nothing is understood any more, however often it
 * connects, and a stage stands still for good. Several who ask at once open a socket each, and what befalls one that was
 * left behind ends the one in use. Here each connection begins with nothing, and there is one at a time. Safe to call twice.
 */
export const openCleanConnections = (): void => {
  const { prototype } = connection as { readonly prototype: Connection };
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const { connect } = prototype;
  prototype.connect = function connectOnce(this: Connection): Promise<unknown> {
    if (this.isConnected()) return connect.call(this);
    const underWay = opening.get(this);
    if (underWay !== undefined) return underWay;
    leaveBehind(this);
    const opened = connect.call(this).finally(() => opening.delete(this));
    opening.set(this, opened);
    return opened;
  };
};

const leaveBehind = (connection: Connection): void => {
  const { socket } = connection;
  if (socket !== undefined) {
    // What still happens to it is nobody's concern. "close" stays: sockets in use are counted by it.
    for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event);
    socket.on('error', () => undefined);
    socket.destroy();
  }
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = LENGTH_BYTES;
};

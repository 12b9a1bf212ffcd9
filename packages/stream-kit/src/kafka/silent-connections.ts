import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket | undefined;
  send(asked: object): Promise<unknown>;
}

const patched = new WeakSet<object>();

/**
 * kafkajs 2.2.4 gives up a request that is not answered in time, and keeps the connection: where a middlebox has
 * forgotten it, each repeat waits as long again, for minutes. Silence ends a connection here, as in Kafka's own client; the
 * next request opens another. Safe to call twice.
 */
export const endSilentConnections = (): void => {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
    readonly prototype: Connection;
  };
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const { send } = prototype;
  prototype.send = async function sendOrEnd(this: Connection, asked: object): Promise<unknown> {
    const { socket } = this;
    try {
      return await send.call(this, asked);
    } catch (error) {
      // The socket of that time: another one may have taken its place.
      if ((error as Error).name === 'KafkaJSRequestTimeoutError')
        socket?.destroy(new Error('no answer in time: the connection is ended'));
      throw error;
    }
  };
};

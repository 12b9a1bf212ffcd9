import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const KEEP_ALIVE_DELAY_MS = 60_000;

/**
 * Sockets that send at once. kafkajs leaves Nagle's algorithm on: a request that follows another on the same connection
 * waits until the broker's system has acknowledged the first, which it may put off for up to 40 ms.
 */
export const promptSockets: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  // The name that the certificate must bear; an address is none.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
  socket.setNoDelay(true);
  return socket;
};

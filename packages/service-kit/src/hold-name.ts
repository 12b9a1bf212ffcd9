import { mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';

/** A name that no other living process of this folder has. */
export interface HeldName {
  readonly name: string;
  release(): Promise<void>;
}

/** The least that any system takes as a socket's path. */
const MAX_PATH_BYTES = 103;
const MOST = 64;

const listen = (socket: string): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy());
    server.once('error', () => resolve(undefined));
    server.listen(socket, () => resolve(server.unref()));
  });

/** Nobody listens behind the file that a dead process left. A paused one is answered for by the kernel. */
const isAlive = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });

/**
 * Takes the first name that no living process holds, of those that instances of a service have in this folder. The kernel
 * gives it back when the process ends, however it ends; so the same name again means that who had it is dead. Undefined
 * without a folder, and where that can't be had (a path too long for a socket, a disk that refuses).
 */
export const holdName = async (folder: string | undefined, service: string): Promise<HeldName | undefined> => {
  if (folder === undefined) return undefined;
  await mkdir(folder, { recursive: true }).catch(() => undefined);
  for (let number = 0; number < MOST; number += 1) {
    const socket = path.resolve(folder, `${service}.${number}.sock`);
    if (Buffer.byteLength(socket) > MAX_PATH_BYTES) return undefined;
    let server = await listen(socket);
    if (server === undefined && !(await isAlive(socket))) {
      await rm(socket, { force: true }).catch(() => undefined);
      server = await listen(socket);
    }
    const held = server;
    if (held === undefined) continue;
    const release = (): Promise<void> => new Promise((resolve) => held.close(() => resolve()));
    return { name: `${hostname()}:${socket}`, release };
  }
  return undefined;
};

import { randomInt } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { readJson, writeJson } from './home.ts';

/** Below the range from which the system takes outgoing ports, so that no client connection sits on a chosen port. */
const FREE_RANGE = { from: 20_000, to: 32_000 } as const;

/** Parts start in parallel: a port given to one is not offered to the next before its child has bound it. */
const promised = new Set<number>();

async function canBind(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether somebody accepts connections on the port of this machine. */
export async function answers(port: number, timeoutMs = 500): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

export async function isFree(port: number): Promise<boolean> {
  // Some systems let us bind 127.0.0.1 while another process listens on all addresses: so ask both ways.
  return (await canBind(port)) && !(await answers(port));
}

/** The first free one of the preferred ports, else a free one at random. Promised until `release`. */
export async function choosePort(preferred: readonly number[] = []): Promise<number> {
  const atRandom = Array.from({ length: 200 }, () => randomInt(FREE_RANGE.from, FREE_RANGE.to));
  for (const port of [...preferred, ...atRandom]) {
    if (promised.has(port)) continue;
    promised.add(port);
    if (await isFree(port)) return port;
    promised.delete(port);
  }
  throw new Error(`no free port on 127.0.0.1 between ${FREE_RANGE.from} and ${FREE_RANGE.to}: end what listens there`);
}

export function release(port: number): void {
  promised.delete(port);
}

/** The ports of one home, so that a restart keeps its addresses when nobody took them in the meantime. */
export interface PortBook {
  /** `stable` is tried after the port of the last start. */
  choose(name: string, stable?: number): Promise<number>;
}

export function portBook(file: string): PortBook {
  return {
    async choose(name, stable) {
      const last = readJson<Record<string, number>>(file)?.[name];
      const port = await choosePort([last, stable].filter((candidate) => candidate !== undefined));
      // Read again: another part may have written while we were asking. No await between read and write.
      const known = readJson<Record<string, number>>(file) ?? {};
      if (known[name] !== port) writeJson(file, { ...known, [name]: port });
      return port;
    },
  };
}

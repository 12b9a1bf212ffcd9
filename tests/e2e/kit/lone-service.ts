import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { serviceEntry } from '@kairos/local-stack';
import { homeOfTests } from './house.ts';

export interface LoneService {
  readonly url: string;
  readonly output: () => string;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });

/** One more process of a service beside the house's own, on the house's parts except for what `env` says otherwise. */
export async function startLoneService(name: string, env: Readonly<Record<string, string>>): Promise<LoneService> {
  const { env: parts } = JSON.parse(readFileSync(path.join(homeOfTests(), 'run/stack.json'), 'utf8')) as {
    readonly env: Readonly<Record<string, string>>;
  };
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, [serviceEntry(name)], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: String(port),
      KAIROS_INSTANCE: `${name}-alone`,
      ...parts,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

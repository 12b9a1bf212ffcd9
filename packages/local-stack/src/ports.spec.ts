import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { choosePort, isFree, portBook, release } from './ports.ts';

const open: Server[] = [];
const folders: string[] = [];

async function occupy(port: number, host = '127.0.0.1'): Promise<void> {
  const server = createServer();
  open.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(async (server) => await new Promise((resolve) => server.close(resolve))));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('the choice of a port', () => {
  it('takes the preferred port when it is free', async () => {
    const free = await choosePort();
    release(free);
    expect(await choosePort([free])).toBe(free);
    release(free);
  });

  it('takes another port when somebody listens on the preferred one', async () => {
    const taken = await choosePort();
    release(taken);
    await occupy(taken);
    const chosen = await choosePort([taken]);
    expect(chosen).not.toBe(taken);
    release(chosen);
  });

  it('does not take for free what is open on all addresses of the machine', async () => {
    const taken = await choosePort();
    release(taken);
    await occupy(taken, '0.0.0.0');
    expect(await isFree(taken)).toBe(false);
  });

  it('does not promise one port to two parts that start in parallel', async () => {
    const free = await choosePort();
    release(free);
    const both = await Promise.all([choosePort([free]), choosePort([free])]);
    expect(new Set(both).size).toBe(2);
    both.forEach(release);
  });

  it('keeps the port of the last start, and before it nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kairos-ports-'));
    folders.push(folder);
    const file = join(folder, 'ports.json');
    const first = await portBook(file).choose('redis');
    release(first);
    const stable = await choosePort();
    release(stable);
    const second = await portBook(file).choose('redis', stable);
    release(second);
    expect(second).toBe(first);
  });
});

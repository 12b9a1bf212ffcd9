import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';

const foreground = join(import.meta.dirname, 'foreground.mjs');

/** A program that counts what it is told, and a shell around it like scripts/start.mjs. */
const program = `
  const { spawn } = await import('node:child_process');
  const beat = 'setInterval(() => require("node:fs").appendFileSync(process.argv[1], "."), 20)';
  spawn(process.execPath, ['-e', beat, process.argv[2]], { stdio: 'ignore' });
  let told = 0;
  process.on('SIGINT', () => { told += 1; setTimeout(() => { console.log('told ' + told); process.exit(7); }, 300); });
  setInterval(() => {}, 1000);
  console.log('ready');
`;
const shell = (file: string) => `
  import { runInForeground } from ${JSON.stringify(foreground)};
  process.exit(await runInForeground(process.execPath, [${JSON.stringify(file)}, ${JSON.stringify(`${file}.beats`)}]));
`;

describe('running in the foreground', () => {
  let folder: string;
  let started: ChildProcess;
  afterEach(() => {
    started.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const beatFile = () => join(folder, 'program.mjs.beats');

  const start = async (programText: string, startBy = (command: string) => spawn('sh', ['-c', `exec ${command}`])) => {
    folder = mkdtempSync(join(tmpdir(), 'kairos-foreground-'));
    writeFileSync(join(folder, 'program.mjs'), programText);
    writeFileSync(join(folder, 'shell.mjs'), shell(join(folder, 'program.mjs')));
    started = startBy(`'${process.execPath}' '${join(folder, 'shell.mjs')}'`);
    let output = '';
    const spoken = new Promise<void>((resolve) => {
      started.stdout?.on('data', (chunk) => {
        output += chunk;
        resolve();
      });
    });
    const ended = new Promise<number | null>((resolve) => started.on('close', resolve));
    return { spoken, ended, said: () => output };
  };

  it('passes one Ctrl-C on once though npm delivers it again, ends as the program ends, and leaves nothing behind', async () => {
    const { spoken, ended, said } = await start(program);
    await spoken;
    started.kill('SIGINT');
    started.kill('SIGINT');
    setTimeout(() => started.kill('SIGINT'), 50);
    expect(await ended).toBe(7);
    expect(said()).toContain('told 1');
    // The helper beat while it lived. A pid would not do: where nobody reaps, a dead process keeps it.
    const beats = () => (existsSync(beatFile()) ? statSync(beatFile()).size : 0);
    const atEnd = beats();
    expect(atEnd).toBeGreaterThan(0);
    await new Promise((wake) => setTimeout(wake, 200));
    expect(beats()).toBe(atEnd);
  });

  it('ends the program when the shell that npm put between is gone, and lets it drain', async () => {
    const { ended, spoken, said } = await start(
      "process.on('SIGTERM', () => { console.log('told'); setTimeout(() => { console.log('drained'); process.exit(0); }, 2500); });\nsetInterval(() => {}, 1000);\nconsole.log('ready');",
      (command) => spawn('sh', ['-c', `npm_lifecycle_event=start ${command}; true`]),
    );
    await spoken;
    started.kill('SIGKILL');
    await ended;
    expect(said()).toMatch(/told\ndrained/);
  });

  it('answers with the exit code of a program that ends by itself', async () => {
    const { ended } = await start('process.exit(3);');
    expect(await ended).toBe(3);
  });
});

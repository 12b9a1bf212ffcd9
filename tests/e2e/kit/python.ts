import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from '@jest/globals';

const PACKAGE = 'confluent-kafka[avro,schemaregistry]==2.16.0';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const reason = 'skipped: no python3 here';
if (!hasPython) process.stdout.write(`${reason}\n`);

/** `it` where there is Python; else the test is skipped with the reason in its name. */
export const itWithPython = (name: string, run: () => Promise<void>, timeoutMs?: number): void =>
  hasPython ? it(name, run, timeoutMs) : it.skip(`${name} (${reason})`, run);

const folder = path.join(tmpdir(), 'kairos-e2e-python-2.16.0');
const python = path.join(folder, 'bin', 'python');

function must(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${error?.message ?? stderr}`);
}

/** An environment of its own with Confluent's client, made once a machine. */
export function installForeignClient(): void {
  const done = path.join(folder, '.kairos-done');
  if (!hasPython || existsSync(done)) return;
  must('python3', ['-m', 'venv', '--clear', folder]);
  must(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE]);
  writeFileSync(done, PACKAGE);
}

const script = path.resolve(import.meta.dirname, 'foreign_avro.py');

/** Gives the foreign client an order; what both say is in `foreign_avro.py`. */
export function orderForeignClient<T>(order: Readonly<Record<string, unknown>>): Promise<T> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out) as T);
      else reject(new Error(`the foreign client ended with ${code}: ${err}`));
    });
    child.stdin.end(JSON.stringify(order));
  });
}

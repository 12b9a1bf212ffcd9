import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type House, loadOrCreateSecrets, type Secrets } from '@kairos/local-stack';
import { connectKafka, createSerde, type KafkaPort, type Serde } from '@kairos/stream-kit';

const run = promisify(execFile);

/** The root of the checkout. */
export const repository = path.resolve(import.meta.dirname, '../../..');
/** The program that `kairos` runs. */
export const cli = path.join(repository, 'packages/cli/dist/bundle/main.js');

/** The house that global-setup.mjs started for all end-to-end tests. */
export const homeOfTests = (): string => {
  const home = process.env['KAIROS_E2E_HOME'];
  if (home === undefined)
    throw new Error('KAIROS_E2E_HOME is not set: the e2e project starts its house in tests/e2e/global-setup.mjs');
  return home;
};

export const readHouse = (home: string = homeOfTests()): House =>
  JSON.parse(readFileSync(path.join(home, 'run/house.json'), 'utf8')) as House;

export const secretsOf = (home: string = homeOfTests()): Secrets => loadOrCreateSecrets(home);

export const urlOf = (service: string, home: string = homeOfTests()): string => {
  const url = readHouse(home).services[service]?.url;
  if (url === undefined) throw new Error(`the house in ${home} runs no ${service}`);
  return url;
};

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `kairos …` in the house of the tests. */
export async function kairos(
  args: readonly string[],
  options: { readonly timeoutMs?: number; readonly home?: string } = {},
): Promise<CliResult> {
  const env = { ...process.env, KAIROS_HOME: options.home ?? homeOfTests(), NODE_OPTIONS: '' };
  try {
    const { stdout, stderr } = await run(process.execPath, [cli, ...args], {
      env,
      timeout: options.timeoutMs ?? 120_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const failed = error as { code?: number; stdout?: string; stderr?: string };
    return {
      code: typeof failed.code === 'number' ? failed.code : 1,
      stdout: failed.stdout ?? '',
      stderr: failed.stderr ?? String(error),
    };
  }
}

/** Asks metrics, as the console does. */
export async function askMetrics<T>(pathAndQuery: string): Promise<T> {
  const response = await fetch(`${urlOf('metrics')}${pathAndQuery}`, {
    headers: { authorization: `Bearer ${secretsOf().apiToken}` },
  });
  if (!response.ok) throw new Error(`metrics answered ${response.status} to ${pathAndQuery}: ${await response.text()}`);
  return (await response.json()) as T;
}

export interface TimelineEntry {
  readonly kind: 'event' | 'trigger' | 'decision' | 'report';
  readonly title: string;
  readonly atMs: number;
  readonly why: string | null;
  readonly traceId: string | null;
  readonly body: Record<string, unknown>;
}

export const timelineOf = async (person: string): Promise<readonly TimelineEntry[]> =>
  (
    await askMetrics<{ entries: readonly TimelineEntry[] }>(
      `/v1/persons/${encodeURIComponent(person)}/timeline?limit=1000`,
    )
  ).entries;

/** Sends one Segment call with the server key. */
export async function sendCall(
  type: string,
  body: Record<string, unknown>,
  key: string = secretsOf().writeKeys.server,
): Promise<Response> {
  return fetch(`${urlOf('collector')}/v1/${type}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    },
    body: JSON.stringify(body),
  });
}

/** Waits until `look` answers something other than undefined, null or false. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | null | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > untilMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(250);
  }
}

/** Opens the log of the house for a test. */
export async function openLog(): Promise<{ kafka: KafkaPort; serde: Serde; close(): Promise<void> }> {
  const house = readHouse();
  const kafka = await connectKafka({ brokers: house.kafka ?? '', clientId: 'kairos-e2e' });
  const serde = await createSerde({ registryUrl: house.registry ?? '' });
  return { kafka, serde, close: () => kafka.close() };
}

let counter = 0;
/** An id that no other test and no other run uses. */
export const unique = (prefix: string): string => `${prefix}-${Date.now().toString(36)}-${process.pid}-${++counter}`;

/** Pids of this machine whose command line holds `text`. */
export async function pidsWith(text: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-eo', 'pid,args'], { maxBuffer: 16 * 1024 * 1024 });
  return stdout
    .split('\n')
    .filter((line) => line.includes(text) && !line.includes('ps -eo'))
    .map((line) => Number(line.trim().split(/\s+/)[0]));
}

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { entryScript } from './entry-scripts.ts';
import { readJson } from './home.ts';
import { readMailbox } from './mailbox-reader.ts';
import { withPostgres } from './parts/postgres.ts';
import { withRedis } from './parts/redis.ts';
import { portOf } from './probe.ts';
import { identify, isAlive, listensOn, spawnChild } from './processes.ts';
import { silentReporter } from './reporter.ts';
import { startStack, stopStack } from './stack.ts';
import { status } from './status.ts';
import {
  ADDRESS_KEYS,
  type Environment,
  PART_NAMES,
  type PartName,
  type PartRecord,
  type RunningStack,
  type StackFile,
} from './types.ts';

jest.setTimeout(180_000);

const home = mkdtempSync(join(tmpdir(), 'kairos-stack-'));
chmodSync(home, 0o711); // mkdtemp keeps others out; Postgres, as an unprivileged user, must be able to walk through.

/** Without addresses and Docker: this is about the native way. */
const env: Environment = (() => {
  const own: Record<string, string | undefined> = { ...process.env };
  for (const key of Object.values(ADDRESS_KEYS)) delete own[key];
  return own;
})();

const start = async (more: Environment = {}, parts = PART_NAMES as readonly PartName[]): Promise<RunningStack> =>
  await startStack({ home, parts, env: { ...env, ...more }, docker: false, reporter: silentReporter });

const recordOf = (part: string) => readJson<PartRecord>(join(home, 'run', 'parts', `${part}.json`));
const pidsOf = (stack: RunningStack) => PART_NAMES.map((part) => stack.parts[part]?.process?.pid ?? 0);

function kafkaOf(stack: RunningStack): Kafka {
  return new Kafka({ brokers: stack.address('kafka').split(','), logLevel: logLevel.NOTHING });
}

async function produce(stack: RunningStack, topic: string, values: readonly string[]): Promise<void> {
  const admin = kafkaOf(stack).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafkaOf(stack).producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
  await producer.disconnect();
}

async function consume(stack: RunningStack, topic: string, count: number): Promise<string[]> {
  const consumer = kafkaOf(stack).consumer({ groupId: `read-${Math.random()}` });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
      values.push(String(message.value));
      if (values.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return values;
}

async function register(stack: RunningStack, subject: string, name: string): Promise<number> {
  const schema = JSON.stringify({ type: 'record', name, fields: [{ name: 'at', type: 'long' }] });
  const response = await fetch(`${stack.address('registry')}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  return ((await response.json()) as { id: number }).id;
}

async function schemaName(stack: RunningStack, id: number): Promise<string> {
  const response = await fetch(`${stack.address('registry')}/schemas/ids/${id}`);
  return JSON.parse(((await response.json()) as { schema: string }).schema).name;
}

/** Speaks SMTP line by line and returns the code of every answer. */
async function mail(stack: RunningStack, to: string): Promise<number[]> {
  const url = new URL(stack.address('mailbox'));
  const socket = connect({ host: url.hostname, port: Number(url.port) });
  const message = `Subject: Moin\r\nTo: ${to}\r\n\r\nHallo\r\n.`;
  const lines = ['HELO test', 'MAIL FROM:<shop@kairos.example>', `RCPT TO:<${to}>`, 'DATA', message, 'QUIT'];
  const codes: number[] = [];
  for await (const answer of createInterface({ input: socket })) {
    const code = Number(answer.slice(0, 3));
    codes.push(code);
    socket.write(`${code >= 400 ? 'QUIT' : lines.shift()}\r\n`);
    if (code >= 400 || code === 221) break;
  }
  socket.destroy();
  return codes;
}

let stack: RunningStack;
let schemaId: number;
let stranger: Server | undefined;
const everStarted = new Set<number>();

beforeAll(async () => {
  // A launcher that is killed in the middle of its start: what it leaves must not be in the way.
  await entryScript('mailbox-main'); // Builds when the build is stale: the launcher runs from there.
  const script = join(import.meta.dirname, 'fixtures', 'start-stack.mjs');
  const logFile = join(home, 'launcher.log');
  const launcher = await spawnChild({
    command: process.execPath,
    args: [script, home],
    logFile,
    env: { NODE_OPTIONS: '' },
  });
  while (recordOf('kafka') === undefined && !launcher.hasExited())
    await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(launcher.identity.pid, 'SIGKILL');
  while (isAlive(launcher.identity)) await new Promise((resolve) => setTimeout(resolve, 10));

  stack = await start();
  for (const pid of pidsOf(stack)) everStarted.add(pid);
});

afterAll(async () => {
  stranger?.close();
  await stopStack(home, env);
  rmSync(home, { recursive: true, force: true });
});

describe('a stack started natively', () => {
  it('carries records through Kafka', async () => {
    await produce(stack, 'first', ['a', 'b', 'c']);
    expect(await consume(stack, 'first', 3)).toEqual(['a', 'b', 'c']);
  });

  it('refuses a topic that nobody has made', async () => {
    const producer = kafkaOf(stack).producer({ retry: { retries: 1 } });
    await producer.connect();
    await expect(producer.send({ topic: 'misspelt', messages: [{ value: 'x' }] })).rejects.toThrow(/topic-partition/);
    await producer.disconnect();
  });

  it('registers a schema under the Confluent API and gives it back by its id', async () => {
    schemaId = await register(stack, 'first-value', 'First');
    expect(await schemaName(stack, schemaId)).toBe('First');
  });

  it('keeps a value in Redis and a row in Postgres', async () => {
    await withRedis(stack.address('redis'), async (redis) => await redis.set('greeting', 'moin'));
    expect(await withRedis(stack.address('redis'), async (redis) => await redis.get('greeting'))).toBe('moin');
    await withPostgres(stack.address('postgres'), async (client) => {
      await client.query('create table greetings (word text)');
      await client.query("insert into greetings values ('moin')");
    });
    expect(new URL(stack.address('postgres')).pathname).toBe('/kairos');
  });

  it('keeps every message that it accepts as a file, and refuses as it is told by the address', async () => {
    expect(await mail(stack, 'anna@shop.example')).toEqual([220, 250, 250, 250, 354, 250, 221]);
    expect(await mail(stack, 'reject@shop.example')).toEqual([220, 250, 250, 550]);
    expect(await mail(stack, 'tempfail@shop.example')).toEqual([220, 250, 250, 451]);
    const messages = await readMailbox(stack.env.KAIROS_MAILBOX_DIR ?? '');
    expect(messages.map(({ deliveredTo, parsed }) => [deliveredTo, parsed.subject])).toEqual([
      [['anna@shop.example'], 'Moin'],
    ]);
  });

  it('listens on this machine only, each port held by the process that we started', () => {
    for (const { address, process } of Object.values(stack.parts)) {
      expect(address).toContain('127.0.0.1');
      expect(listensOn(process?.pid ?? 0, portOf(address))).toBe(true);
    }
    const tables = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8');
    const ports = Object.values(stack.parts).map(({ address }) =>
      portOf(address).toString(16).toUpperCase().padStart(4, '0'),
    );
    // 0A: listening; an address of zeros: on every interface.
    expect(ports.filter((port) => new RegExp(`: 0+:${port} \\S+ 0A `).test(tables))).toEqual([]);
  });

  it('tells where everything is in a file that only its owner can read', () => {
    const file = join(home, 'run', 'stack.json');
    expect(readJson<StackFile>(file)?.env).toEqual(stack.env);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('says what runs, without the password', async () => {
    const { parts } = await status(home);
    expect(parts.map(({ name, picked, running, ready }) => ({ name, picked, running, ready }))).toEqual(
      PART_NAMES.map((name) => ({ name, picked: 'native', running: true, ready: true })),
    );
    const password = new URL(stack.address('postgres')).password;
    expect(password).not.toBe('');
    expect(JSON.stringify(parts)).not.toContain(password);
  });

  it('is adopted, not doubled, by a second start, whose stop leaves it running', async () => {
    const second = await start();
    expect(pidsOf(second)).toEqual(pidsOf(stack));
    await second.stop();
    expect((await status(home)).parts.every(({ ready }) => ready)).toBe(true);
  });

  it('gives way to an address in the environment, which is then left alone', async () => {
    const other = mkdtempSync(join(tmpdir(), 'kairos-other-'));
    const adopted = await startStack({
      home: other,
      parts: ['redis'],
      env: { ...env, REDIS_URL: stack.address('redis') },
      reporter: silentReporter,
    });
    expect(adopted.parts.redis).toMatchObject({ picked: 'adopted', why: 'REDIS_URL names it' });
    await adopted.stop();
    expect(isAlive(stack.parts.redis?.process ?? { pid: 0, startMark: '' })).toBe(true);
    rmSync(other, { recursive: true });
  });
});

describe('a stack whose processes were all killed', () => {
  it('starts again with its data, at its old ports save one that a stranger has taken meanwhile', async () => {
    const before = stack;
    for (const part of PART_NAMES) process.kill(before.parts[part]?.process?.pid ?? 0, 'SIGKILL');
    while (pidsOf(before).some((pid) => identify(pid) !== undefined))
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await status(home)).parts.some(({ running }) => running)).toBe(false);
    stranger = createServer().listen(portOf(before.address('kafka')), '127.0.0.1');

    stack = await start();
    for (const pid of pidsOf(stack)) everStarted.add(pid);
    expect(stack.address('kafka')).not.toBe(before.address('kafka'));
    for (const part of ['registry', 'redis', 'postgres', 'mailbox'] as const) {
      expect(stack.address(part)).toBe(before.address(part));
    }
    expect(await consume(stack, 'first', 3)).toEqual(['a', 'b', 'c']);
    expect(await schemaName(stack, schemaId)).toBe('First');
    expect(await register(stack, 'second-value', 'Second')).toBeGreaterThan(schemaId);
    expect(await withRedis(stack.address('redis'), async (redis) => await redis.get('greeting'))).toBe('moin');
    const rows = await withPostgres(
      stack.address('postgres'),
      async (client) => await client.query('select word from greetings'),
    );
    expect(rows.rows).toEqual([{ word: 'moin' }]);
    expect(await readMailbox(stack.env.KAIROS_MAILBOX_DIR ?? '')).toHaveLength(1);
  });
});

describe('a stack that is stopped', () => {
  it('leaves no process behind, and its data in place', async () => {
    await stack.stop();
    await stack.stop(); // A second time does no harm.
    expect([...everStarted].filter((pid) => identify(pid) !== undefined)).toEqual([]);
    expect(await status(home)).toEqual({ home, parts: [], services: [] });
    expect(existsSync(join(home, 'run', 'stack.json'))).toBe(false);
    expect(existsSync(join(home, 'data', 'kafka', 'log'))).toBe(true);
  });

  it('can be stopped again, or without ever having been started', async () => {
    await stopStack(home, env);
    await stopStack(join(home, 'nowhere'), env);
  });
});

describe('a start that cannot succeed', () => {
  it('names what is missing without starting anything', async () => {
    const poor = { ...env, PATH: '/nonexistent', JAVA_HOME: undefined };
    await expect(start(poor, ['kafka', 'registry'])).rejects.toThrow(
      /Java 17 or newer is missing for kafka and registry/,
    );
    expect((await status(home)).parts).toEqual([]);
  });

  it('shows the end of the log when a part ends while starting, and ends the others', async () => {
    const failing = start({ KAIROS_KAFKA_HEAP: 'nonsense' }, ['kafka', 'redis']);
    await expect(failing).rejects.toThrow(
      /kafka ended \(exit code 1\).*kafka\.log ends with:[\s\S]*Invalid maximum heap size/,
    );
    expect((await status(home)).parts).toEqual([]);
  });

  it('is given up when it is told to, and ends what it had started', async () => {
    const given = startStack({ home, env, docker: false, reporter: silentReporter, signal: AbortSignal.timeout(700) });
    await expect(given).rejects.toThrow(/abort|timeout/i);
    expect((await status(home)).parts).toEqual([]);
  });
});

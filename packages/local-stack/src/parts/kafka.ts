import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { fetchArtifact } from '../cache.ts';
import { answers, release } from '../ports.ts';
import { javaCommand } from '../prerequisites.ts';
import type { Environment } from '../types.ts';
import { launch, type NativeContext, type NativePart } from './native-part.ts';

const run = promisify(execFile);

const LOGGING = `status = warn
shutdownHook = disable
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = out
`;

/** A second listener that is advertised at another port: there stands a proxy that a test can slow down or cut. */
interface Door {
  readonly port: number;
  readonly advertisedPort: number;
}

const DOOR_KEY = 'KAIROS_KAFKA_DOOR';

/** `KAIROS_KAFKA_DOOR=<port>:<advertised port>` */
function doorOf(env: Environment): Door | undefined {
  const given = env[DOOR_KEY];
  if (given === undefined || given === '') return undefined;
  const [, port, advertisedPort] = /^(\d{2,5}):(\d{2,5})$/.exec(given) ?? [];
  if (port === undefined)
    throw new Error(`${DOOR_KEY} is "${given}": give <port>:<advertised port>, both of 127.0.0.1`);
  return { port: Number(port), advertisedPort: Number(advertisedPort) };
}

/**
 * The broker's settings for one process on loopback. Ports are written anew at every start: with static voters
 * nothing on disk remembers them.
 */
export function brokerSettings(at: {
  readonly port: number;
  readonly controllerPort: number;
  readonly logDir: string;
  readonly door?: Door | undefined;
}): Record<string, string> {
  const { door } = at;
  const listener = door === undefined ? '' : `,DOOR://127.0.0.1:${door.port}`;
  const advertised = door === undefined ? '' : `,DOOR://127.0.0.1:${door.advertisedPort}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${at.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPort}${listener}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${at.port}${advertised}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,DOOR:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': at.logDir,
    // Topics are made from the topic table, with their settings; a misspelt name must fail instead of making one.
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    // One broker: nothing can be replicated; few internal partitions, because each costs files and start-up time.
    'default.replication.factor': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    // After a kill -9 the broker waits this long until the controller has forgotten its former self.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '500',
    // The cleaner compacts the changelogs; its default buffer of 128 MB would be a quarter of the heap.
    'log.cleaner.enable': 'true',
    'log.cleaner.dedupe.buffer.size': '33554432',
  };
}

const asProperties = (settings: Record<string, string>) =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

/** The id lets us tell our broker from somebody else's at the same port. */
function clusterId(dir: string): string {
  const file = join(dir, 'cluster-id');
  if (!existsSync(file)) {
    // Kafka's tools take a leading dash for an option.
    const id = randomBytes(16).toString('base64url').replace(/^-/, 'k');
    writeFileSync(file, id);
  }
  return readFileSync(file, 'utf8');
}

export async function describeBroker(brokers: string): Promise<{ clusterId: string; brokers: number }> {
  const kafka = new Kafka({
    clientId: 'kairos-local-stack',
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return { clusterId: cluster.clusterId, brokers: cluster.brokers.length };
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

async function prepare(context: NativeContext) {
  const jars = await fetchArtifact(context.cache, 'kafka', context);
  const dir = join(context.paths.data, 'kafka');
  mkdirSync(dir, { recursive: true });
  const java = javaCommand(context.env) ?? 'java';
  const logging = join(dir, 'log4j2.properties');
  writeFileSync(logging, LOGGING);
  const javaArgs = (heap: string) => [
    `-Xmx${heap}`,
    '-Djava.net.preferIPv4Stack=true',
    `-Dlog4j2.configurationFile=${logging}`,
    '-cp',
    join(jars, '*'),
  ];
  return { dir, java, javaArgs, settingsFile: join(dir, 'server.properties'), logDir: join(dir, 'log') };
}

async function format(place: Awaited<ReturnType<typeof prepare>>, id: string): Promise<void> {
  const done = join(place.dir, 'formatted');
  if (existsSync(done)) return;
  // Stopped half-way the last time: what has been formatted stays, the rest follows.
  const args = ['format', '-t', id, '-c', place.settingsFile, '--ignore-formatted'];
  await run(place.java, [...place.javaArgs('128m'), '-XX:TieredStopAtLevel=1', 'kafka.tools.StorageTool', ...args]);
  writeFileSync(done, id);
}

export const kafkaPart: NativePart = {
  name: 'kafka',
  async start(context) {
    const place = await prepare(context);
    const id = clusterId(place.dir);
    const heap = context.env.KAIROS_KAFKA_HEAP || '512m';
    const door = doorOf(context.env);
    return await launch({
      name: 'kafka',
      context,
      stablePort: 19_092,
      why: 'no KAFKA_BROKERS, no Docker engine: jars from Maven, one KRaft process',
      address: (port) => `127.0.0.1:${port}`,
      command: async (port) => {
        const controllerPort = await context.ports.choose('kafka-controller', context.stablePorts ? 19_093 : undefined);
        try {
          writeFileSync(
            place.settingsFile,
            asProperties(brokerSettings({ port, controllerPort, logDir: place.logDir, door })),
          );
          await format(place, id);
        } finally {
          release(controllerPort);
        }
        const further = (context.env.KAIROS_KAFKA_JAVA ?? '').split(' ').filter((option) => option !== '');
        const java = [...place.javaArgs(heap), `-Xms${heap}`, '-XX:+UseG1GC', ...further];
        const args = [...java, 'kafka.Kafka', place.settingsFile];
        return { command: place.java, args, cwd: place.dir };
      },
      isReady: async (port) => {
        if (!(await answers(port))) return false;
        const broker = await describeBroker(`127.0.0.1:${port}`);
        return broker.clusterId === id && broker.brokers === 1;
      },
    });
  },
};

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { schemas } from '@kairos/contracts';
import type { RunningStack } from '@kairos/local-stack';
import type { KafkaPort } from '@kairos/stream-kit';
import { watchTree } from '../../kit/proc.ts';
import { asAdmin } from './admin.ts';
import { ChangelogMeter } from './changelog-meter.ts';
import { INPUT, PARTITIONS } from './fill-topic.ts';

const run = promisify(execFile);

/** Programs that answer the same query, in the folder that `--peers` names. */
export type Peer = 'kafkaStreamsMem' | 'flinkHashmap' | 'flinkRocksDb';

export interface PeerRun {
  readonly eventsPerS: number;
  readonly cpuSPerM: number;
  readonly rssMb: number;
  /** Of Kafka Streams only: Flink keeps its state elsewhere. */
  readonly changelogBytes: number | undefined;
  readonly fired: number;
}

const OPENS = ['lang', 'util', 'time', 'util.concurrent.atomic'].map(
  (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
);
const FIELDS = ['-Devent.name=event.name', '-Devent.time=event.occurredAtMs'];
const FLINK_CHECKPOINT_MS = 1_000;

/**
 * Records of time and playbook have no event; the peers know neither and tell the time by the events. So the copies that
 * we build pass over a record without one, before anything else: no other change.
 */
const PASS_OVER: Readonly<Record<string, { readonly after: string; readonly insert: string }>> = {
  'kafka-streams/src/main/java/peer/CartAbandonment.java': {
    after: 'reuse = reader.read(reuse, decoder);',
    insert: ' if (reuse.get("event") == null) return;',
  },
  'flink/src/main/java/peer/FlinkCartAbandonment.java': {
    after: 'reuse = reader.read(reuse, decoder);',
    insert: ' if (reuse.get("event") == null) return;',
  },
};

/** Copies the peers' programs, lets them pass over records without an event, and builds them with Maven. */
export const buildPeers = async (from: string, say: (text: string) => void): Promise<string> => {
  const folder = join(process.env.KAIROS_CACHE ?? tmpdir(), 'kairos-bench-peers');
  if (existsSync(join(folder, 'built'))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['kafka-streams', 'flink']) {
    cpSync(join(from, name), join(folder, name), { recursive: true, filter: (path) => !/[/\\]target$/.test(path) });
  }
  for (const [file, { after, insert }] of Object.entries(PASS_OVER)) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.split(after).length !== 2) throw new Error(`${file} is not as it was: where does it read a record?`);
    writeFileSync(join(folder, file), text.replace(after, after + insert));
  }
  const copyJars = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  for (const name of ['kafka-streams', 'flink']) {
    say(`building ${name}`);
    const args = ['-q', '-B', 'package', copyJars, '-DoutputDirectory=target/lib'];
    await run('mvn', args, { cwd: join(folder, name), maxBuffer: 16_000_000 });
  }
  writeFileSync(join(folder, 'built'), new Date().toISOString());
  return folder;
};

export interface PeerOptions {
  readonly stack: RunningStack;
  readonly kafka: KafkaPort;
  readonly folder: string;
  readonly events: number;
}

interface Paths {
  readonly brokers: string;
  readonly out: string;
  readonly state: string;
  readonly schema: string;
}

const argsOf = (peer: Peer, { folder, events }: PeerOptions, { brokers, out, state, schema }: Paths): string[] => {
  const program = peer === 'kafkaStreamsMem' ? 'kafka-streams' : 'flink';
  const classPath = ['-cp', [join(folder, program, 'target/lib/*'), join(folder, program, 'target/*')].join(':')];
  if (peer === 'kafkaStreamsMem') {
    const main = ['peer.CartAbandonment', brokers, INPUT, out, '1', String(events), 'mem', state, schema];
    return ['-Xmx2g', ...FIELDS, ...classPath, ...main];
  }
  const backend = peer === 'flinkHashmap' ? 'hashmap' : 'rocksdb';
  const every = String(FLINK_CHECKPOINT_MS);
  const main = ['peer.FlinkCartAbandonment', brokers, INPUT, out, '1', backend, every, 'exactly-once', state, schema];
  return ['-Xmx3g', ...OPENS, ...FIELDS, ...classPath, ...main];
};

interface Told {
  readonly events_per_s: number;
  readonly cpu_s: number;
  readonly fired: number;
}

/** Starts a peer, waits for its one JSON line, and until it has ended. */
const lineOf = async (args: readonly string[]): Promise<{ told: Told; rssMb: number }> => {
  const java = process.env.JAVA_HOME === undefined ? 'java' : join(process.env.JAVA_HOME, 'bin/java');
  const child = spawn(java, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const watch = watchTree(child.pid ?? 0);
  const ended = once(child, 'exit');
  let told: Told | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) told = JSON.parse(line) as Told;
  }
  await ended;
  const { peakRssMb: rssMb } = watch.stop();
  if (told === undefined) throw new Error(`the peer ended without figures (exit code ${child.exitCode})`);
  return { told, rssMb };
};

/** Runs a peer over the topic of the bench, from its start to its end. */
export const runPeer = async (peer: Peer, options: PeerOptions): Promise<PeerRun> => {
  const { stack, kafka, events } = options;
  const brokers = stack.address('kafka');
  const out = `peer-out-${Date.now().toString(36)}`;
  const state = mkdtempSync(join(tmpdir(), 'kairos-peer-'));
  await kafka.createTopics([{ name: out, partitions: PARTITIONS, config: {} }]);
  const meter = new ChangelogMeter(stack.home);
  try {
    const schema = join(state, 'enriched.avsc');
    writeFileSync(schema, JSON.stringify(schemas['events.enriched']));
    const { told, rssMb } = await lineOf(argsOf(peer, options, { brokers, out, state, schema }));
    const { events_per_s: eventsPerS, cpu_s: cpuS, fired } = told;
    return { eventsPerS, cpuSPerM: cpuS / (events / 1e6), rssMb, changelogBytes: meter.stop(), fired };
  } finally {
    meter.stop();
    rmSync(state, { recursive: true, force: true });
    await forgetPeer(brokers, out);
  }
};

/** Its topics: the broker's disk is not ours. */
const forgetPeer = (brokers: string, out: string): Promise<void> =>
  asAdmin(brokers, async (admin) => {
    const theirs = (await admin.listTopics()).filter((name) => name === out || /^peer-\d+-/.test(name));
    await admin.deleteTopics({ topics: theirs });
  });

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type RunningStack, SERVICE_NODE_ARGS, serviceEntry } from '@kairos/local-stack';
import { createWalkTopics, type KafkaPort, type Serde } from '@kairos/stream-kit';
import { peakRssMb, treeCpuS } from '../../kit/proc.ts';
import { asAdmin } from './admin.ts';
import { ChangelogMeter } from './changelog-meter.ts';
import { INPUT, PARTITIONS } from './fill-topic.ts';
import { FiringSum } from './oracle.ts';
import { customerOf } from './shop.ts';

const GROUP = 'trigger-detector.detect';
const OUTPUTS = ['messages.proposed', 'triggers.detected', 'detect.changelog'] as const;
const GIVE_UP_MS = 600_000;

export interface DetectorRunOptions {
  readonly stack: RunningStack;
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  readonly events: number;
  /** Processes that share the partitions. */
  readonly instances: number;
  /** Without cuts, so that the state is in memory only. */
  readonly durable: boolean;
  /** Node writes a CPU profile of each instance here. */
  readonly cpuProf?: string | undefined;
}

export interface DetectorRun {
  readonly eventsPerS: number;
  readonly seconds: number;
  readonly cpuSPerM: number;
  readonly rssMb: number;
  readonly changelogBytes: number | undefined;
  readonly firings: FiringSum;
}

/** Nothing of an earlier run is left: outputs, changelog, the group's offsets. */
const forget = async ({ stack, kafka }: DetectorRunOptions): Promise<void> => {
  await asAdmin(stack.address('kafka'), async (admin) => {
    const there = new Set(await admin.listTopics());
    const gone = OUTPUTS.filter((topic) => there.has(topic));
    if (gone.length > 0) await admin.deleteTopics({ topics: gone });
    const { groups } = await admin.listGroups();
    if (groups.some(({ groupId }) => groupId === GROUP)) await admin.deleteGroups([GROUP]);
  });
  await createWalkTopics(kafka, { partitions: PARTITIONS });
};

/** The detector's entry; KAIROS_DETECTOR_MAIN names another build, to compare two. */
const mainOfDetector = (): string => process.env.KAIROS_DETECTOR_MAIN ?? serviceEntry('trigger-detector');

const spawnDetector = (options: DetectorRunOptions, number: number): ChildProcess => {
  const { stack, durable, cpuProf } = options;
  const args =
    cpuProf === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`, `--cpu-prof-name=detector-${process.hrtime.bigint()}.cpuprofile`];
  return spawn(process.execPath, [...SERVICE_NODE_ARGS, ...args, mainOfDetector()], {
    env: {
      ...process.env,
      ...stack.env,
      HTTP_PORT: '0',
      LOG_LEVEL: 'warn',
      KAIROS_PARTITIONS: String(PARTITIONS),
      KAIROS_INSTANCE: `bench-${number}`,
      // The bench's own, of no concern to a service.
      KAIROS_PEERS: undefined,
      KAIROS_DETECTOR_MAIN: undefined,
      ...(durable ? {} : { DETECTOR_CUT_EVERY_MS: '600000' }),
    },
    // What a service prints is progress, never the result.
    stdio: ['ignore', 2, 2],
  });
};

/** Where the group stands at the end of the input. */
const isDone = async ({ kafka }: DetectorRunOptions, ends: ReadonlyMap<number, number>): Promise<boolean> => {
  // A group just made has no coordinator for a moment.
  const offsets = await kafka.groupOffsets(GROUP, INPUT).catch((error: { retriable?: unknown }) => {
    if (error.retriable === true) return new Map<number, number>();
    throw error;
  });
  return [...ends].every(([partition, end]) => (offsets.get(partition) ?? -1) >= end);
};

const untilDone = async (options: DetectorRunOptions, children: readonly ChildProcess[]): Promise<void> => {
  const ends = new Map([...(await options.kafka.offsets(INPUT))].map(([partition, { end }]) => [partition, end]));
  const deadlineMs = performance.now() + GIVE_UP_MS;
  while (!(await isDone(options, ends))) {
    if (children.some(({ exitCode }) => exitCode !== null)) throw new Error('the detector ended itself');
    if (performance.now() > deadlineMs) throw new Error(`not at the end after ${GIVE_UP_MS / 1_000} s`);
    await pause(100);
  }
};

/** From the first output (the marker, passed on) to the last (the last time, passed on), by the broker's clock. */
const secondsBetween = async ({ kafka }: DetectorRunOptions): Promise<number> => {
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = 0;
  const reader = await kafka.read({
    topic: 'messages.proposed',
    partitions: [...new Array<unknown>(PARTITIONS).keys()],
    onRecords: (records) => {
      for (const { logTimeMs } of records) {
        firstMs = Math.min(firstMs, logTimeMs);
        lastMs = Math.max(lastMs, logTimeMs);
      }
    },
  });
  await reader.done;
  await reader.close();
  return (lastMs - firstMs) / 1_000;
};

const readFirings = async ({ kafka, serde }: DetectorRunOptions): Promise<FiringSum> => {
  const sum = new FiringSum();
  const reader = await kafka.read({
    topic: 'triggers.detected',
    partitions: [...new Array<unknown>(PARTITIONS).keys()],
    onRecords: async (records) => {
      for (const { value } of records) {
        if (value === null) continue;
        const { outcome, personId, dueAtMs } = await serde.decode('triggers.detected', value);
        if (outcome === 'fired') sum.add(customerOf(personId), dueAtMs ?? -1);
      }
    },
  });
  await reader.done;
  await reader.close();
  return sum;
};

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
};

/** Runs the detector as it ships, from the start of the topic to its end. */
export const runDetector = async (options: DetectorRunOptions): Promise<DetectorRun> => {
  await forget(options);
  const meter = new ChangelogMeter(options.stack.home);
  const children = Array.from({ length: options.instances }, (_none, number) => spawnDetector(options, number));
  let usages: { readonly cpuS: number; readonly rssMb: number }[] = [];
  let changelogBytes: number | undefined;
  try {
    await untilDone(options, children);
    usages = children.map(({ pid = 0 }) => ({ cpuS: treeCpuS(pid), rssMb: peakRssMb(pid) }));
    changelogBytes = meter.stop();
  } finally {
    meter.stop();
    await Promise.all(children.map(stop));
  }
  const seconds = await secondsBetween(options);
  const firings = await readFirings(options);
  const cpuS = usages.reduce((sum, one) => sum + one.cpuS, 0);
  return {
    eventsPerS: Math.round(options.events / seconds),
    seconds,
    cpuSPerM: cpuS / (options.events / 1e6),
    rssMb: usages.reduce((sum, one) => sum + one.rssMb, 0),
    changelogBytes,
    firings,
  };
};

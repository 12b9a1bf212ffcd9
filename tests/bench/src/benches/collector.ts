import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startServices } from '@kairos/local-stack';
import type { Bench, BenchContext, BenchResult, FigureAbout } from '../kit/bench.ts';
import { peakRssMb } from '../kit/proc.ts';
import { profilingEnv } from '../kit/service-profiles.ts';
import { median, pairedRatio } from '../kit/statistics.ts';
import { BATCH_OF_50, type RequestKind, SINGLE } from './collector/requests.ts';
import { type LoadOutput, works } from './collector/works.ts';

const figures: Readonly<Record<string, FigureAbout>> = {
  ratioBare: {
    about: 'acknowledged requests/s ÷ a bare fastify that parses and does nothing',
    better: 'higher',
    gate: 0.5,
  },
  ratioBatches: { about: 'events/s in batches of 50 ÷ in single calls', better: 'higher', gate: 8 },
  ratioCpuBatches: {
    about: 'the same in CPU: that of an event in a single call ÷ in a batch of 50 (does not bend with the load)',
    better: 'higher',
  },
  ratioCpuBare: { about: 'CPU of a request ÷ that of the bare fastify, the server process alone', better: 'lower' },
  requestsPerS: { about: 'single calls a second, each on the log (acks=all) before its answer', better: 'higher' },
  batchEventsPerS: { about: 'events a second in batches of 50', better: 'higher' },
  p50Ms: { about: 'single call to answer, median, at full load', better: 'lower' },
  p99Ms: { about: 'single call to answer, p99, at full load', better: 'lower' },
  cpuUsPerRequest: { about: 'CPU µs of a single call', better: 'lower' },
  cpuUsPerBatchedEvent: { about: 'CPU µs of an event in a batch', better: 'lower' },
  rssMb: { about: 'peak resident memory, MB', better: 'lower' },
};

const WRITE_KEY = 'bench-server-key';
const WARM_UP_EVENTS = 20_000;

interface Server {
  readonly pid: number;
  readonly port: number;
}

const startCollector = async (context: BenchContext): Promise<Server> => {
  const stack = await context.stack(['kafka', 'registry']);
  const services = await startServices({
    stack,
    env: { LOG_LEVEL: 'warn', KAIROS_PARTITIONS: '4', ...profilingEnv(context.options.profiles) },
    services: [
      {
        instance: 'collector',
        env: {
          COLLECTOR_WRITE_KEYS: JSON.stringify([{ sourceId: 'shop', kind: 'server', key: WRITE_KEY }]),
          // The quota is not what is measured.
          COLLECTOR_EVENTS_PER_SECOND: '100000000',
          COLLECTOR_EVENTS_BURST: '100000000',
        },
      },
    ],
  });
  context.onEnd(() => services.stop());
  const pid = services.list()[0]?.process?.pid;
  if (pid === undefined) throw new Error('the collector has no process');
  return { pid, port: Number(new URL(services.url('collector')).port) };
};

const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

const startBare = async (context: BenchContext): Promise<Server> => {
  const child = fork(fileURLToPath(new URL(`./collector/bare-server-main.${ending}`, import.meta.url)));
  context.onEnd(() => void child.kill());
  const [message] = (await once(child, 'message')) as [{ port: number }];
  return { pid: child.pid ?? 0, port: message.port };
};

/** The front door: what an acknowledged call costs beside a server that promises nothing. */
export const collector: Bench = {
  name: 'collector',
  about: 'acknowledged requests/s ÷ bare fastify, batches ÷ single calls',
  figures,
  options: {
    connections: { about: 'requests under way at the same time', default: '256' },
    profiles: { about: 'folder for CPU profiles of the collector', default: '' },
    seconds: { about: 'length of one run, after a warm-up of two seconds and 20,000 events', default: '6' },
  },
  run: async (context): Promise<BenchResult> => {
    const [ours, bare] = [await startCollector(context), await startBare(context)];
    const seconds = context.quick ? 1 : Number(context.options.seconds);
    const connections = Number(context.options.connections);
    const load = ({ pid, port }: Server, kind: RequestKind): Promise<LoadOutput> =>
      context.work(works.load, {
        port,
        kind,
        connections,
        writeKey: WRITE_KEY,
        warmUpS: context.quick ? 0.5 : 2,
        // The compiler sees as many events either way.
        warmUpRequests: context.quick ? 1 : Math.ceil(WARM_UP_EVENTS / kind.events),
        seconds,
        serverPid: pid,
      });
    const runs = await context.interleave({
      bare: () => load(bare, SINGLE),
      single: () => load(ours, SINGLE),
      batch: () => load(ours, BATCH_OF_50),
    });
    const of = (name: keyof typeof runs, figure: keyof LoadOutput): number[] => runs[name].map((run) => run[figure]);
    const batchEventsPerS = of('batch', 'requestsPerS').map((rate) => rate * BATCH_OF_50.events);
    const samples = {
      requestsPerS: of('single', 'requestsPerS'),
      batchEventsPerS,
      p50Ms: of('single', 'p50Ms'),
      p99Ms: of('single', 'p99Ms'),
      cpuUsPerRequest: of('single', 'cpuUsPerRequest'),
      cpuUsPerBatchedEvent: of('batch', 'cpuUsPerRequest').map((us) => us / BATCH_OF_50.events),
      rssMb: [peakRssMb(ours.pid)],
    };
    return {
      figures: {
        ratioBare: pairedRatio(samples.requestsPerS, of('bare', 'requestsPerS')),
        ratioBatches: pairedRatio(batchEventsPerS, samples.requestsPerS),
        ratioCpuBatches: pairedRatio(samples.cpuUsPerRequest, samples.cpuUsPerBatchedEvent),
        ratioCpuBare: pairedRatio(samples.cpuUsPerRequest, of('bare', 'cpuUsPerRequest')),
        ...Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
      },
      samples: { ...samples, bareRequestsPerS: of('bare', 'requestsPerS') },
      notes: ['load, server and broker share the machine: the bare server has no broker beside it'],
    };
  },
};

import { connectKafka, createSerde, createWalkTopics } from '@kairos/stream-kit';
import type { Bench, BenchContext, BenchResult, FigureAbout } from '../kit/bench.ts';
import { publishPlaybook } from '../kit/publish-playbook.ts';
import { profilingEnv } from '../kit/service-profiles.ts';
import { median, pairedRatio, percentile } from '../kit/statistics.ts';
import { type BareHop, openBareHop } from './end-to-end/bare-hop.ts';
import { Customers, EVENTS_PER_ORDER } from './end-to-end/customers.ts';
import { HOPS, startWalk } from './end-to-end/house.ts';
import { CONFIRM_ORDER } from './end-to-end/playbook.ts';
import { openSmtpSink, type SmtpSink } from './end-to-end/smtp-sink.ts';
import { openTraceSink } from './end-to-end/trace-sink.ts';
import { LEGS, type Leg, WaterfallMeter } from './end-to-end/waterfall.ts';

const legAbout: Readonly<Record<Leg, string>> = {
  collect: 'POST to the record on events.collected',
  identify: 'on to events.identified',
  enrich: 'on to events.enriched',
  detect: 'on to messages.proposed',
  arbitrate: 'on to messages.chosen',
  dispatch: 'on to the mail at the server',
};

const figures: Readonly<Record<string, FigureAbout>> = {
  p50Ms: { about: 'POST to SMTP accepted at half load, median', better: 'lower', gate: 250 },
  p99Ms: { about: 'POST to SMTP accepted at half load, p99', better: 'lower', gate: 1_000 },
  ratioBareHops: {
    about: `p99 ÷ (${HOPS} hops × p99 of a bare produce→consume in the same seconds)`,
    better: 'lower',
    gate: 2.5,
  },
  ratioTracing: { about: 'capacity with OpenTelemetry on (1 % sampled) ÷ off', better: 'higher', gate: 0.95 },
  ratioTracingCpu: {
    about: 'the same in CPU of the five services per event, on ÷ off (does not bend with the load)',
    better: 'lower',
  },
  cpuUsPerEvent: { about: 'CPU µs of the five services per event in a burst, one in ten a mail', better: 'lower' },
  eventsPerS: { about: 'capacity: events a second that walk the whole way, one in ten a mail', better: 'higher' },
  bareHopP99Ms: { about: 'a bare produce→consume beside it, p99', better: 'lower' },
  ...Object.fromEntries(
    LEGS.flatMap((leg): [string, FigureAbout][] => [
      [`${leg}P50Ms`, { about: `${legAbout[leg]}, median`, better: 'lower' }],
      [`${leg}SlowestMs`, { about: 'the same leg, mean of the slowest 1 % of the orders', better: 'lower' }],
    ]),
  ),
};

interface Rig {
  readonly context: BenchContext;
  readonly sink: SmtpSink;
  readonly hop: BareHop;
  readonly meter: WaterfallMeter;
  readonly customers: number;
}

interface Walked {
  readonly eventsPerS: number;
  readonly cpuUsPerEvent: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bareHopP99Ms: number;
  /** Keyed as the figures. */
  readonly legs: Readonly<Record<string, number>>;
}

/** Stack, topics, playbook and sinks; the services are started for each run. */
const prepare = async (context: BenchContext): Promise<Rig> => {
  const stack = await context.stack(['kafka', 'registry', 'redis', 'postgres']);
  const kafka = await connectKafka({ brokers: stack.address('kafka'), clientId: 'bench' });
  context.onEnd(() => kafka.close());
  await createWalkTopics(kafka, { partitions: 4 });
  const serde = await createSerde({ registryUrl: stack.address('registry') });
  await publishPlaybook(kafka, serde, CONFIRM_ORDER);
  const sink = await openSmtpSink();
  context.onEnd(() => sink.close());
  const topic = `${context.prefix}hop`;
  await kafka.createTopics([{ name: topic, partitions: 1, config: {} }]);
  const hop = await openBareHop(stack.address('kafka'), topic);
  context.onEnd(() => hop.close());
  return { context, sink, hop, meter: new WaterfallMeter(kafka, serde), customers: context.quick ? 500 : 1_500 };
};

/** One run: the services start, their capacity is found, and half of it is sent for a while. */
const walk = async (
  { context, sink, hop, meter, customers: count }: Rig,
  env: Readonly<Record<string, string>>,
): Promise<Walked> => {
  const stack = await context.stack([]);
  const house = await startWalk(stack, { ...env, ...profilingEnv(context.options.profiles), SMTP_URL: sink.url });
  const customers = new Customers(house, sink, count);
  try {
    const events = count * EVENTS_PER_ORDER;
    await customers.identify();
    // Unmeasured: compilers warm up, and all customers are known when it has ended.
    await customers.burst(events / 4);
    const beganS = house.cpuS();
    const eventsPerS = await customers.burst(events);
    const cpuUsPerEvent = ((house.cpuS() - beganS) * 1e6) / events;
    const seconds = context.quick ? 2 : Number(context.options.seconds);
    // The bare hop shares the machine with the walk, as each of the walk's own hops does.
    await meter.begin();
    const [walks, hopMs] = await Promise.all([customers.steady(eventsPerS / 2, seconds), hop.steady(50, seconds)]);
    const tookMs = walks.map(({ postedAtMs, mailedAtMs }) => mailedAtMs - postedAtMs);
    const { tookMs: legMs, slowestMs } = await meter.end(walks);
    return {
      eventsPerS,
      cpuUsPerEvent,
      p50Ms: percentile(tookMs, 0.5),
      p99Ms: percentile(tookMs, 0.99),
      bareHopP99Ms: percentile(hopMs, 0.99),
      legs: Object.fromEntries(
        LEGS.flatMap((leg) => [
          [`${leg}P50Ms`, percentile(legMs[leg], 0.5)],
          [`${leg}SlowestMs`, slowestMs[leg]],
        ]),
      ),
    };
  } finally {
    customers.close();
    await house.stop();
  }
};

/** From the request to the mail, through five services and as many topics. */
export const endToEnd: Bench = {
  name: 'end-to-end',
  about: 'POST to SMTP accepted at half load, and what tracing costs',
  figures,
  options: {
    profiles: { about: 'folder for CPU profiles of the services', default: '' },
    seconds: { about: 'how long half load is held', default: '15' },
  },
  run: async (context): Promise<BenchResult> => {
    const rig = await prepare(context);
    const traces = await openTraceSink();
    context.onEnd(() => traces.close());
    const tracing = {
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    };
    const runs = await context.interleave({ off: () => walk(rig, {}), on: () => walk(rig, tracing) });
    if (traces.bytes() === 0) throw new Error('no trace was exported: the comparison would be with itself');
    const of = (name: keyof typeof runs, figure: keyof Omit<Walked, 'legs'>): number[] =>
      runs[name].map((run) => run[figure]);
    const samples = {
      eventsPerS: of('off', 'eventsPerS'),
      cpuUsPerEvent: of('off', 'cpuUsPerEvent'),
      p50Ms: of('off', 'p50Ms'),
      p99Ms: of('off', 'p99Ms'),
      bareHopP99Ms: of('off', 'bareHopP99Ms'),
    };
    const legs = Object.keys(runs.off[0]?.legs ?? {});
    return {
      figures: {
        ...Object.fromEntries(legs.map((name) => [name, median(runs.off.map((run) => run.legs[name] ?? 0))])),
        ...Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
        ratioBareHops: pairedRatio(samples.p99Ms, samples.bareHopP99Ms) / HOPS,
        ratioTracing: pairedRatio(of('on', 'eventsPerS'), samples.eventsPerS),
        ratioTracingCpu: pairedRatio(of('on', 'cpuUsPerEvent'), samples.cpuUsPerEvent),
      },
      samples: { ...samples, tracedEventsPerS: of('on', 'eventsPerS') },
      notes: ['services, broker, Redis, Postgres and the senders share the machine; console and metrics do not run'],
    };
  },
};

import { factsOf, metricNames, type TopicName, type TopicValues } from '@kairos/contracts';
import {
  type ConfigOf,
  type FastifyInstance,
  type Readiness,
  type RunningService,
  type ServiceContext,
  SpanKind,
  startSpan,
  traceIdOf,
} from '@kairos/service-kit';
import { connectKafka, createSerde, createWalkTopics, type DecodedRecord, startConsumer } from '@kairos/stream-kit';
import pg from 'pg';
import { registerShareRoutes } from './adapters/http-shares.ts';
import { registerTimelineRoutes } from './adapters/http-timelines.ts';
import { requireToken } from './adapters/http-token.ts';
import { registerTriggerRoutes } from './adapters/http-triggers.ts';
import { migrate } from './adapters/postgres-migrations.ts';
import { MonthPartitions } from './adapters/postgres-months.ts';
import { PostgresRollUps } from './adapters/postgres-roll-ups.ts';
import { PostgresTimelines } from './adapters/postgres-timelines.ts';
import type { config } from './config.ts';
import { rollUpDecided, rollUpDetected, rollUpEnriched, rollUpProfile, rollUpReported } from './core.ts';
import type { Counted, RollUp } from './ports.ts';

type Context = ServiceContext<ConfigOf<typeof config>>;

const topics = [
  'events.enriched',
  'profiles.changed',
  'triggers.detected',
  'messages.decided',
  'messages.reported',
] as const;
type Counts = (typeof topics)[number];

const DAY_MS = 86_400_000;

function rollUpsOf({ topic, value, traceparent }: DecodedRecord<Counts>): readonly RollUp[] {
  const traceId = traceIdOf(traceparent) ?? null;
  switch (topic) {
    case 'events.enriched':
      return [rollUpEnriched({ value: value as TopicValues['events.enriched'], traceId })];
    case 'profiles.changed':
      return [rollUpProfile({ value: value as TopicValues['profiles.changed'], traceId })];
    case 'triggers.detected':
      return factsOf(value as TopicValues['triggers.detected']).map((fact) => rollUpDetected({ value: fact, traceId }));
    case 'messages.decided':
      return [rollUpDecided({ value: value as TopicValues['messages.decided'], traceId })];
    case 'messages.reported':
      return [rollUpReported({ value: value as TopicValues['messages.reported'], traceId })];
  }
}

function count(record: DecodedRecord<Counts>): Counted {
  const origin = 'origin' in record.value ? record.value.origin : null;
  const [first = {}, ...more] = rollUpsOf(record);
  return {
    offset: record.offset,
    origin:
      origin === null
        ? null
        : { source: `${origin.topic}/${origin.partition}`, offset: origin.offset, number: origin.number },
    rollUp: first,
    ...(more.length === 0 ? {} : { more }),
  };
}

/** Starts metrics: topics into Postgres, answers over HTTP. */
export async function start(context: Context): Promise<RunningService> {
  const { config, log, onStop } = context;
  let outage: string | null = null;
  const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: 8, connectionTimeoutMillis: 5_000 });
  // A server that goes away closes idle connections; the next query opens new ones.
  pool.on('error', (error) => log.warn({ problem: error.message }, 'lost an idle connection to Postgres'));
  // A connection that dies while it is checked out tells its own listener, and without one the process ends.
  pool.on('connect', (client) =>
    client.on('error', (error) => log.warn({ problem: error.message }, 'lost a connection to Postgres')),
  );
  onStop('Postgres', () => pool.end());
  await serve(context, pool);
  await migrate(pool);
  // One memory of the months: what the janitor drops, the store must make again when a late row comes.
  const months = new MonthPartitions(pool);
  const store = new PostgresRollUps(pool, months);
  const janitor = setInterval(
    () =>
      void months
        .dropOld(Date.now())
        .catch((error: unknown) => log.warn({ problem: String(error) }, 'could not drop old months')),
    DAY_MS,
  );
  onStop('janitor', () => clearInterval(janitor));

  const kafka = await connectKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: `metrics-${config.KAIROS_INSTANCE}`,
    logger: log,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT,
  });
  onStop('Kafka', () => kafka.close());
  await createWalkTopics(kafka, { partitions: config.KAIROS_PARTITIONS });
  const serde = await createSerde({ registryUrl: config.SCHEMA_REGISTRY_URL, topics, logger: log });
  const producer = await kafka.producer();
  onStop('producer', () => producer.close());
  const consumer = await startConsumer<Counts>({
    kafka,
    serde,
    producer,
    groupId: 'metrics',
    topics,
    logger: log,
    // Each partition of firings may be waiting for its events: some are left to count these.
    concurrency: config.KAIROS_PARTITIONS + 4,
    startOffsets: (partitions) => storedOffsets(store, partitions),
    handle: counting(context, store),
    onOutage: (problem) => {
      outage = problem;
    },
    fail: context.fail,
  });
  onStop('consumer', () => consumer.close());
  return { ready: (): Readiness => (outage === null ? { ok: true, reasons: [] } : { ok: false, reasons: [outage] }) };
}

async function serve({ config, serve: open }: Context, pool: pg.Pool): Promise<void> {
  await open({
    register: (server: FastifyInstance) => {
      requireToken(server, config.API_TOKEN);
      const reader = new PostgresTimelines(pool);
      registerTimelineRoutes(server, reader, Date.now);
      registerTriggerRoutes(server, reader, Date.now);
      registerShareRoutes(server, reader, Date.now);
    },
  });
}

/** Counts a batch in Postgres and, once it is committed, in Prometheus. */
function counting(
  { metrics }: Context,
  store: PostgresRollUps,
): (records: readonly DecodedRecord<Counts>[]) => Promise<void> {
  const consumed = metrics.counter(metricNames.recordsConsumed, 'Records counted.');
  const repeats = metrics.counter(metricNames.repeatsDropped, 'Records that had been counted before.');
  const handOver = metrics.histogram(metricNames.handOverSeconds, 'From the cause to the hand-over.');
  return async (records) => {
    const first = records[0];
    if (first === undefined) return;
    const batch = records.map(count);
    const result = await store.add({ topic: first.topic, partition: first.partition }, batch);
    consumed.add(result.added, { topic: first.topic });
    repeats.add(result.repeats, { topic: first.topic });
    for (const { topic, traceparent } of records) {
      if (traceparent !== undefined)
        startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, parent: traceparent }).end();
    }
    for (const { rollUp: one } of batch) {
      if (one.causeToHandOverMs !== undefined)
        handOver.record(one.causeToHandOverMs / 1000, { channel: one.count?.channel ?? '' });
    }
  };
}

async function storedOffsets(
  store: PostgresRollUps,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Promise<Map<string, number>> {
  const offsets = new Map<string, number>();
  for (const topic of new Set<TopicName>(partitions.map((one) => one.topic as TopicName))) {
    const stored = await store.positions(topic);
    for (const { partition } of partitions.filter((one) => one.topic === topic))
      offsets.set(`${topic}/${partition}`, stored.get(partition) ?? 0);
  }
  return offsets;
}

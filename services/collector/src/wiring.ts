import { randomUUID } from 'node:crypto';
import { deadLettersOf, metricNames } from '@kairos/contracts';
import type { Metrics, RunningService, ServiceContext } from '@kairos/service-kit';
import { createSerde, createWalkTopics } from '@kairos/stream-kit';
import { connectUntilThere, waitForLeaders, watchRecovery } from './adapters/broker-connection.ts';
import { addSegmentApi } from './adapters/fastify-segment-api.ts';
import { hashedWriteKeys } from './adapters/hashed-write-keys.ts';
import { crawlerCheck } from './adapters/isbot-crawlers.ts';
import { KafkaEventLog } from './adapters/kafka-event-log.ts';
import { LateEventLog } from './adapters/late-event-log.ts';
import { memoryQuota } from './adapters/memory-quota.ts';
import type { CollectorConfig } from './config.ts';
import { collect } from './core.ts';
import { createIntake } from './intake.ts';
import type { EventLog, Intake } from './ports.ts';

type Context = ServiceContext<CollectorConfig>;

function countersOf(metrics: Metrics) {
  const accepted = metrics.counter(metricNames.eventsAccepted, 'Events on the log.');
  const refused = metrics.counter(metricNames.eventsRefused, 'Events and requests refused, by code.');
  // Labels are looked up once for each source and call: a request must not pay for them.
  const known = new Map<string, Map<string, { add(amount?: number): void }>>();
  const counterOf = (source: string, type: string) => {
    const ofSource = known.get(source) ?? new Map<string, { add(amount?: number): void }>();
    known.set(source, ofSource);
    const counter = ofSource.get(type) ?? accepted.with({ source, type });
    ofSource.set(type, counter);
    return counter;
  };
  return {
    accepted: (source: { sourceId: string }, type: string, events: number) =>
      counterOf(source.sourceId, type).add(events),
    refused: (source: string, code: string, events: number) => refused.add(events, { source, code }),
  };
}

function intakeOf({ config, metrics }: Context, log: EventLog): Intake {
  return createIntake({
    keys: hashedWriteKeys(config.COLLECTOR_WRITE_KEYS),
    quota: memoryQuota({
      perSecond: config.COLLECTOR_EVENTS_PER_SECOND,
      burst: config.COLLECTOR_EVENTS_BURST,
      nowMs: Date.now,
    }),
    log,
    collect,
    isBot: crawlerCheck(),
    newId: randomUUID,
    nowMs: Date.now,
    ...countersOf(metrics),
  });
}

/** Opens the log on Kafka: topics, schema, producer. */
async function openLog(context: Context): Promise<KafkaEventLog> {
  const { config, log, onStop } = context;
  const kafka = await connectUntilThere(config.KAFKA_BROKERS, context);
  onStop('Kafka', () => kafka.close());
  await createWalkTopics(kafka, { partitions: config.KAIROS_PARTITIONS });
  await waitForLeaders(kafka, ['events.collected', deadLettersOf('events.collected')], context);
  const serde = await createSerde({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    topics: ['events.collected'],
    logger: log,
  });
  const producer = await kafka.producer({
    lingerMs: config.COLLECTOR_LINGER,
    afterFailure: 'reopen',
    sendTimeoutMs: config.COLLECTOR_ACK_TIMEOUT,
    // `sendTimeoutMs` ends them.
    retries: 8,
  });
  onStop('producer', () => producer.close());
  const eventLog = new KafkaEventLog({
    producer,
    serde,
    log,
    ackTimeoutMs: config.COLLECTOR_ACK_TIMEOUT,
    bufferBytes: config.COLLECTOR_BUFFER,
  });
  const watch = watchRecovery(kafka, eventLog);
  onStop('broker watch', () => watch.stop());
  return eventLog;
}

/** Joins core and adapters. The door opens before the broker is there: until then the answer is 503 with Retry-After. */
export async function wire(context: Context): Promise<RunningService> {
  const { config } = context;
  const log = new LateEventLog();
  const intake = intakeOf(context, log);
  const server = await context.serve({
    register: (fastify) =>
      addSegmentApi(fastify, {
        intake,
        limits: { maxBytes: config.COLLECTOR_MAX_REQUEST, maxHeldBytes: config.COLLECTOR_BUFFER, maxInflating: 8 },
        publicUrl: config.COLLECTOR_PUBLIC_URL,
        keepIp: config.COLLECTOR_KEEP_IP,
      }),
    fastify: config.TRUST_PROXY === undefined ? {} : { trustProxy: [...config.TRUST_PROXY] },
  });
  log.arrived(await openLog(context));
  return {
    ready: () => ({ ok: log.trouble === undefined, reasons: log.trouble === undefined ? [] : [log.trouble] }),
    // Requests under way are answered before the producer closes.
    stop: () => server.close(),
  };
}

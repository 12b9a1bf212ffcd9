import { setTimeout as pause } from 'node:timers/promises';
import { metricNames } from '@kairos/contracts';
import { compilePlaybook, type Definition } from '@kairos/decisions';
import type { RunningService, ServiceContext } from '@kairos/service-kit';
import {
  connectKafka,
  createSerde,
  createWalkTopics,
  type KafkaPort,
  type Serde,
  startPlaybookReader,
} from '@kairos/stream-kit';
import type { Redis } from 'ioredis';
import { KafkaDeadLetters } from './adapters/kafka-dead-letters.ts';
import { KafkaOutputs } from './adapters/kafka-outputs.ts';
import { kafkaProposalLog, ProposalConsumer, proposalDecoder } from './adapters/kafka-proposals.ts';
import { MetricsWatch } from './adapters/metrics-watch.ts';
import { evictionWarning, openRedis, redisReady } from './adapters/redis-client.ts';
import { RedisContactState } from './adapters/redis-contact-state.ts';
import type { ArbitrationConfig } from './config.ts';
import { createArbitrationProcessor } from './core.ts';
import { PartitionTask } from './fold/partition-task.ts';
import type { Playbooks } from './ports.ts';

type Context = ServiceContext<ArbitrationConfig>;

/** Joins core and adapters. */
export async function wire(context: Context, connect = connectKafka): Promise<RunningService> {
  await context.serve();
  const redis = await openState(context);
  const { kafka, serde } = await openLog(context, connect);
  const watch = new MetricsWatch(context.metrics, context.log);
  const tasks = new Map<number, PartitionTask>();
  const newWorker = await workers(context, { kafka, serde, redis, watch });
  const consumer = new ProposalConsumer(
    (partition) => {
      const task = newWorker(partition);
      tasks.set(partition, task);
      return {
        handle: (records) => task.handle(records),
        drain: () => task.drain(),
        end() {
          task.end();
          watch.forget(partition);
          if (tasks.get(partition) === task) tasks.delete(partition);
        },
      };
    },
    (error) => context.fail(error),
  );
  gauges(context, tasks, consumer);
  await consumer.start(kafka);
  return {
    ready: () => ({ ok: watch.reasons.length === 0, reasons: watch.reasons }),
    stop: () => consumer.stop(),
  };
}

async function openState({ config, log, onStop, stopping }: Context): Promise<Redis> {
  const redis = openRedis(config.REDIS_URL, log);
  onStop('Redis', () => redis.disconnect());
  await Promise.race([redisReady(redis), untilAborted(stopping)]);
  const warning = await evictionWarning(redis);
  if (warning !== undefined) log.warn({}, warning);
  return redis;
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped before Redis answered')), { once: true });
  });

async function openLog(
  { config, instance, log, onStop }: Context,
  connect: typeof connectKafka,
): Promise<{ kafka: KafkaPort; serde: Serde }> {
  const kafka = await connect({
    brokers: config.KAFKA_BROKERS,
    clientId: `arbitration-${instance}`,
    logger: log,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT,
  });
  onStop('Kafka', () => kafka.close());
  await createWalkTopics(kafka, { partitions: config.KAIROS_PARTITIONS });
  const serde = await createSerde({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    topics: ['messages.proposed', 'messages.chosen', 'messages.decided', 'playbook.published'],
    logger: log,
  });
  return { kafka, serde };
}

interface Parts {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  readonly redis: Redis;
  readonly watch: MetricsWatch;
}

async function openPlaybooks(
  { log, onStop, fail }: Pick<Context, 'log' | 'onStop' | 'fail'>,
  kafka: KafkaPort,
  serde: Serde,
): Promise<Playbooks> {
  const reader = await startPlaybookReader({
    kafka,
    serde,
    compile({ version, offset, timeScale, definitions }) {
      const published = { version, offset, timeScale, definitions: definitions as readonly Definition[] };
      const playbook = compilePlaybook(published);
      for (const { kind, id, field, fault } of playbook.faults)
        log.error({ kind, id, field, code: fault.code }, 'a part of the playbook does not compile and is off');
      return playbook;
    },
    fail,
  });
  onStop('playbook', () => reader.close());
  return { readUpTo: (offset) => reader.readTo(offset), at: (offset, version) => reader.at(offset, version) };
}

/** Opens what all partitions share; answers how to make the task of one. */
async function workers(
  { config, log, metrics, onStop, fail }: Context,
  { kafka, serde, redis, watch }: Parts,
): Promise<(partition: number) => PartitionTask> {
  // A decision waits for no company: what comes while a request is under way goes together anyway.
  const producer = await kafka.producer({ lingerMs: 0 });
  onStop('producer', () => producer.close());
  const playbooks = await openPlaybooks({ log, onStop, fail }, kafka, serde);
  const dead = metrics.counter(metricNames.deadLetters, 'Records that went to the dead letters.');
  const deadLetters = new KafkaDeadLetters({
    producer,
    log,
    counted: () => dead.add(1, { topic: 'messages.proposed' }),
    nowMs: Date.now,
  });
  const shared = {
    processor: createArbitrationProcessor(),
    outputs: new KafkaOutputs(producer, serde),
    decode: proposalDecoder(serde),
    pause: (ms: number) => pause(ms),
    keepPersons: config.ARBITRATION_KEEP_PERSONS,
    deadLetters,
    playbooks,
    watch,
  };
  return (partition) =>
    new PartitionTask({
      ...shared,
      partition,
      state: new RedisContactState({ redis, partition }),
      log: kafkaProposalLog(kafka, partition),
    });
}

function gauges({ metrics }: Context, tasks: ReadonlyMap<number, PartitionTask>, consumer: ProposalConsumer): void {
  const folds = () => [...tasks].flatMap(([partition, { fold }]) => (fold === undefined ? [] : [{ partition, fold }]));
  const sum = (read: (fold: { timers: number; persons: number }) => number) => () =>
    folds().reduce((total, { fold }) => total + read(fold), 0);
  metrics.gauge(metricNames.taskLag, 'Records behind the end of the partition.', () =>
    [...consumer.lag].map(([partition, value]) => ({ value, labels: { task: 'arbitration', partition } })),
  );
  metrics.gauge(metricNames.watermarkDelaySeconds, 'How far the watermark is behind the clock.', () =>
    folds()
      .filter(({ fold }) => fold.timeMs >= 0)
      .map(({ partition, fold }) => ({
        value: Math.max(0, (Date.now() - fold.timeMs) / 1000),
        labels: { task: 'arbitration', partition },
      })),
  );
  metrics.gauge(
    metricNames.timersPending,
    'Persons with candidates that wait.',
    sum((fold) => fold.timers),
  );
  metrics.gauge(
    metricNames.stateKeys,
    'Persons in memory.',
    sum((fold) => fold.persons),
  );
}

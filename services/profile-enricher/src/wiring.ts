import type { TopicName } from '@kairos/contracts';
import { type CompiledPlaybook, compileRead } from '@kairos/decisions';
import { type ConfigOf, holdName, type RunningService, type ServiceContext, StageWatch } from '@kairos/service-kit';
import {
  jsonStateCodec as codec,
  connectKafka,
  createSerde,
  createWalkTopics,
  fileCopies,
  type KafkaPort,
  otelTracer,
  type PlaybookReader,
  partitionOf,
  type Serde,
  type StageHandle,
  type StageOptions,
  startPlaybookReader,
  startStage,
  startTicker,
} from '@kairos/stream-kit';
import { trace } from '@opentelemetry/api';
import { metricsCounts, metricsEnrichCounts } from './adapters/metrics-counts.ts';
import type { config } from './config.ts';
import {
  createEnrichProcessor,
  createIdentifyCollected,
  createIdentifyDecided,
  createIdentifyPlaybook,
  createIdentifyReported,
} from './core.ts';

type Context = ServiceContext<ConfigOf<typeof config>>;

const TOPICS: readonly TopicName[] = [
  'events.collected',
  'messages.decided',
  'messages.reported',
  'playbook.published',
  'events.identified',
  'events.enriched',
  'profiles.changed',
  'identify-collected.changelog',
  'identify-decided.changelog',
  'identify-reported.changelog',
  'identify-playbook.changelog',
  'enrich.changelog',
];

interface Log {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  readonly playbooks: PlaybookReader<CompiledPlaybook>;
}

/** Joins core and adapters: the four tasks of identify, the ticker that tells how far they have come, and enrich. */
export async function start(context: Context, connect = connectKafka): Promise<RunningService> {
  await context.serve();
  const { config, instance, log, metrics, fail } = context;
  const { kafka, serde, playbooks } = await openLog(context, connect);
  const watch = new StageWatch(metrics, log);
  const run = async <S, R>(
    task: string,
    processor: StageOptions<S, R, CompiledPlaybook>['processor'],
  ): Promise<StageHandle> => {
    const stage = await startStage<S, R, CompiledPlaybook>({
      kafka,
      serde,
      processor,
      groupId: `profile-enricher.${task}`,
      playbooks,
      source: 'profile-enricher',
      hooks: watch.hooks(task),
      tracer: otelTracer(trace.getTracer('kairos')),
      logger: log,
      cutEveryMs: config.ENRICHER_CUT_EVERY_MS,
      ...(config.KAIROS_STATE_DIR === undefined ? {} : { localCopies: fileCopies(config.KAIROS_STATE_DIR, log) }),
      fail,
    });
    watch.add(task, stage);
    return stage;
  };
  const counts = metricsCounts(context.metrics);
  const enrichCounts = metricsEnrichCounts(context.metrics);
  // All join at once: one after the other, whoever starts would disturb its group twice, and be of use later.
  const [enrich, ...identify] = await Promise.all([
    run('enrich', ({ declaredSources }) => createEnrichProcessor({ codec, declaredSources, counts: enrichCounts })),
    run('identify-collected', ({ partitionCount }) =>
      createIdentifyCollected({ codec, partitions: partitionCount, partitionOf, counts }),
    ),
    run('identify-decided', () => createIdentifyDecided({ codec })),
    run('identify-reported', () => createIdentifyReported({ codec })),
    run('identify-playbook', () => createIdentifyPlaybook({ codec })),
  ]);
  const ticker = await startTicker({
    kafka,
    serde,
    instance,
    everyMs: config.ENRICHER_TICK_EVERY_MS,
    sources: () => identify.flatMap((stage) => stage.status()),
    logger: log,
    fail,
  });
  return {
    ready: () => ({ ok: watch.reasons.length === 0, reasons: watch.reasons }),
    async stop() {
      // Time first: a tick must never say more than the stages behind it have written.
      await ticker.close();
      await Promise.all([...identify, enrich].map((stage) => stage.close()));
    },
  };
}

async function openLog({ config, instance, log, onStop, fail }: Context, connect: typeof connectKafka): Promise<Log> {
  const held = await holdName(config.KAIROS_STATE_DIR, 'profile-enricher');
  onStop('name', async () => held?.release());
  const kafka = await connect({
    brokers: config.KAFKA_BROKERS,
    clientId: `profile-enricher-${instance}`,
    logger: log,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT,
    memberName: held?.name,
  });
  onStop('Kafka', () => kafka.close());
  await createWalkTopics(kafka, { partitions: config.KAIROS_PARTITIONS });
  const serde = await createSerde({ registryUrl: config.SCHEMA_REGISTRY_URL, topics: TOPICS, logger: log });
  const playbooks = await startPlaybookReader<CompiledPlaybook>({
    kafka,
    serde,
    compile: compileRead,
    fail,
  });
  onStop('playbook', () => playbooks.close());
  return { kafka, serde, playbooks };
}

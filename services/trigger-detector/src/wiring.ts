import { type CompiledPlaybook, compileRead } from '@kairos/decisions';
import { type ConfigOf, holdName, type RunningService, type ServiceContext, StageWatch } from '@kairos/service-kit';
import {
  connectKafka,
  createSerde,
  createWalkTopics,
  fileCopies,
  otelTracer,
  type PlaybookReader,
  startPlaybookReader,
  startStage,
} from '@kairos/stream-kit';
import { trace } from '@opentelemetry/api';
import { detectStateCodec } from './adapters/flat-state-codec.ts';
import { metricsCounts } from './adapters/metrics-counts.ts';
import type { config } from './config.ts';
import { createDetectProcessor } from './core.ts';

type Context = ServiceContext<ConfigOf<typeof config>>;

/** Joins core and adapters: one stage, `events.enriched` → `triggers.detected`, `messages.proposed`; and the door, for what leaves an old person. */
export async function start(context: Context, connect = connectKafka): Promise<RunningService> {
  const { config, instance, log, metrics, onStop, fail } = context;
  await context.serve();
  const held = await holdName(config.KAIROS_STATE_DIR, 'trigger-detector');
  onStop('name', async () => held?.release());
  const kafka = await connect({
    brokers: config.KAFKA_BROKERS,
    clientId: `trigger-detector-${instance}`,
    logger: log,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT,
    memberName: held?.name,
  });
  onStop('Kafka', () => kafka.close());
  await createWalkTopics(kafka, { partitions: config.KAIROS_PARTITIONS });
  const serde = await createSerde({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    topics: [
      'events.enriched',
      'triggers.detected',
      'messages.proposed',
      'events.identified',
      'playbook.published',
      'detect.changelog',
    ],
    logger: log,
  });
  const playbooks: PlaybookReader<CompiledPlaybook> = await startPlaybookReader({
    kafka,
    serde,
    compile: compileRead,
    fail,
  });
  onStop('playbook', () => playbooks.close());
  const watch = new StageWatch(metrics, log);
  const stage = await startStage({
    kafka,
    serde,
    processor: () => createDetectProcessor({ codec: detectStateCodec, counts: metricsCounts(metrics) }),
    groupId: 'trigger-detector.detect',
    playbooks,
    source: 'trigger-detector',
    hooks: watch.hooks('detect'),
    tracer: otelTracer(trace.getTracer('kairos')),
    logger: log,
    cutEveryMs: config.DETECTOR_CUT_EVERY_MS,
    ...(config.KAIROS_STATE_DIR === undefined ? {} : { localCopies: fileCopies(config.KAIROS_STATE_DIR, log) }),
    fail,
  });
  watch.add('detect', stage);
  return {
    ready: () => ({ ok: watch.reasons.length === 0, reasons: watch.reasons }),
    stop: () => stage.close(),
  };
}

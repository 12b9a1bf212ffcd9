import type { RunningService, ServiceContext } from '@kairos/service-kit';
import { connectKafka, createSerde, createWalkTopics } from '@kairos/stream-kit';
import { FolderMailbox } from './adapters/folder-mailbox.ts';
import { FolderRehearsals } from './adapters/folder-rehearsals.ts';
import { FolderTexts, joined } from './adapters/folder-texts.ts';
import { registerConsole } from './adapters/http-console.ts';
import { HttpTimelines } from './adapters/http-timelines.ts';
import { HttpWorkList } from './adapters/http-work-list.ts';
import { KafkaFlow } from './adapters/kafka-flow.ts';
import { KafkaPlaybook } from './adapters/kafka-playbook.ts';
import { KafkaWatches } from './adapters/kafka-watches.ts';
import { webFolder } from './adapters/web-folder.ts';
import type { ConsoleConfig } from './config.ts';
import { drawing, trackingView } from './core.ts';

type Context = ServiceContext<ConsoleConfig>;

/** Joins the pages with what they show: Kafka for the flow and the playbook, metrics for people, channel-dispatchers for the work list. */
export async function wire(context: Context): Promise<RunningService> {
  const { config, log, onStop } = context;
  const kafka = await connectKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: `console-${context.instance}`,
    logger: log,
  });
  onStop('Kafka', () => kafka.close());
  await createWalkTopics(kafka, { partitions: config.KAIROS_PARTITIONS });
  const serde = await createSerde({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    topics: ['playbook.published', 'events.enriched'],
    logger: log,
  });

  const playbook = new KafkaPlaybook(kafka, serde);
  onStop('playbook reader', () => playbook.close());
  await playbook.start(context.fail);

  const timelines = new HttpTimelines(config.METRICS_URL, config.API_TOKEN);
  const flow = new KafkaFlow(drawing, { kafka, timelines, playbook });
  flow.start();
  onStop('flow sampler', () => flow.close());

  const watches = new KafkaWatches({ kafka, serde, log, now: Date.now });
  onStop('watched persons', () => watches.close());

  const parts = {
    flow,
    trackingView,
    timelines,
    playbook,
    watches,
    workList: new HttpWorkList(config.DISPATCHERS_URL, config.API_TOKEN),
    mailbox: joined([
      config.KAIROS_MAILBOX_DIR === undefined ? null : new FolderMailbox(config.KAIROS_MAILBOX_DIR),
      config.KAIROS_SMS_DIR === undefined ? null : new FolderTexts(config.KAIROS_SMS_DIR),
    ]),
    rehearsals: config.KAIROS_REHEARSALS_DIR === undefined ? null : new FolderRehearsals(config.KAIROS_REHEARSALS_DIR),
    traceUrl: config.TRACE_URL ?? null,
  };
  await context.serve({
    register: (server) =>
      registerConsole(server, parts, {
        password: config.ADMIN_PASSWORD,
        sessionSecret: config.SESSION_SECRET,
        apiToken: config.API_TOKEN,
        now: Date.now,
        webFolder,
      }),
  });
  return { ready: () => ({ ok: flow.trouble === null, reasons: flow.trouble === null ? [] : [flow.trouble] }) };
}

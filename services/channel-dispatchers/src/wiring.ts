import { spanAttributes } from '@kairos/contracts';
import { messageView } from '@kairos/decisions';
import { failSpan, type RunningService, type ServiceContext, SpanKind, startSpan } from '@kairos/service-kit';
import { connectKafka, createSerde, createWalkTopics, startPlaybookReader } from '@kairos/stream-kit';
import type { Redis } from 'ioredis';
import { addLinkRoutes } from './adapters/http-links.ts';
import { addOnsiteRoutes, type OnsiteServer } from './adapters/http-onsite.ts';
import { addSmsRoutes, smsStatusUrl } from './adapters/http-sms.ts';
import { addTaskRoutes } from './adapters/http-tasks.ts';
import { consumeChosen } from './adapters/kafka-chosen.ts';
import { createReportWriter } from './adapters/kafka-reports.ts';
import { renderLiquid } from './adapters/liquid-renderer.ts';
import { contentsOf, createPlaybooks } from './adapters/playbook-contents.ts';
import { createHomePost } from './adapters/postgres-home-post.ts';
import { createLedger } from './adapters/postgres-ledger.ts';
import { migrate } from './adapters/postgres-migrations.ts';
import { createPool, untilStored } from './adapters/postgres-pool.ts';
import { createShortLinks } from './adapters/postgres-short-links.ts';
import { createStaffDesk } from './adapters/postgres-staff-desk.ts';
import { createWorkList } from './adapters/postgres-work-list.ts';
import { openRedisConnections } from './adapters/redis-connections.ts';
import { createInbox, type RedisInbox } from './adapters/redis-inbox.ts';
import { createTokenLinks } from './adapters/token-links.ts';
import {
  createEmailChannel,
  createOnsiteChannel,
  createSmsChannel,
  createTaskChannel,
  createWebhookChannel,
  smsNotSetUp,
} from './channels/index.ts';
import { type Config, smsAccountOf } from './config.ts';
import { conclude, decide, reportOf } from './core.ts';
import { Dispatcher, type DispatcherOptions } from './dispatch/dispatcher.ts';
import { HomeSender } from './dispatch/home-sender.ts';
import type { Decisions } from './dispatch/lane-options.ts';
import { dispatchMetrics } from './dispatch-metrics.ts';
import type { Answer, LedgerEntry } from './ports.ts';

type Context = ServiceContext<Config>;

/** What the shell asks of the core. */
export const decisions: Decisions = { decide, conclude, reportOf };

const GROUP = 'channel-dispatchers';
const nowMs = Date.now;
/** Tokens hold a target address; fastify's own limit for a path is far below. */
const MAX_TOKEN_LENGTH = 8_192;

/** Stores and what stands on them. Nothing is asked yet, so that the probes answer while a store is still away. */
function openStores({ config, log, onStop, instance }: Context) {
  const pool = createPool(config.DATABASE_URL);
  onStop('Postgres', () => pool.end());
  const { redis, subscriber } = openRedisConnections(config.REDIS_URL, log);
  const inbox = createInbox({ redis, subscriber, pool, nowMs, cap: config.DISPATCH_INBOX_CAP });
  onStop('Redis', () => inbox.close());
  const ledger = createLedger({ pool, instance, nowMs, leaseMs: config.DISPATCH_LEASE });
  return {
    pool,
    inbox,
    redis,
    ledger,
    homePost: createHomePost(pool),
    workList: createWorkList(pool),
    desk: createStaffDesk(pool),
    shortLinks: createShortLinks(pool),
  };
}

type Stores = ReturnType<typeof openStores>;

/** Waits for Postgres, at the start and whenever it goes away. What waits is only what may be repeated. */
const patientlyWith =
  ({ log, stopping }: Context) =>
  async <T>(step: () => Promise<T>): Promise<T> =>
    await untilStored(step, {
      signal: stopping,
      waiting: (error) => log.warn({ problem: error.message }, 'Postgres is away; waiting'),
    });

/** Redis that comes back empty is filled again before anybody notices. */
function keepFilled(inbox: RedisInbox, redis: Redis, log: Context['log']): void {
  const refill = () => {
    inbox.refill().then(
      (count) => (count < 0 ? undefined : log.info({ count }, 'filled the inboxes')),
      (error: unknown) => log.warn({ err: error }, 'could not fill the inboxes; the next connection tries again'),
    );
  };
  redis.on('ready', refill);
  if (redis.status === 'ready') refill();
}

async function openKafka({ config, log, instance, onStop, fail }: Context) {
  const kafka = await connectKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: `${GROUP}-${instance}`,
    logger: log,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT,
  });
  onStop('Kafka', () => kafka.close());
  await createWalkTopics(kafka, { partitions: config.KAIROS_PARTITIONS });
  const serde = await createSerde({
    registryUrl: config.SCHEMA_REGISTRY_URL,
    topics: ['messages.chosen', 'messages.reported', 'playbook.published'],
    logger: log,
  });
  const producer = await kafka.producer({ lingerMs: 0 });
  onStop('producer', () => producer.close());
  const compile = ({ definitions }: { readonly definitions: readonly unknown[] }) => contentsOf(definitions);
  const reader = await startPlaybookReader({ kafka, serde, compile, fail });
  onStop('playbook reader', () => reader.close());
  return { kafka, serde, producer, playbooks: createPlaybooks(reader) };
}

/** One call inside of its span; the span names channel and code, never whom it is for. */
async function traced(entry: LedgerEntry, call: () => Promise<Answer>): Promise<Answer> {
  const { channel, triggerId, playbookVersion } = entry.message;
  const span = startSpan(`send ${channel}`, {
    kind: SpanKind.CLIENT,
    ...(entry.traceparent === null ? {} : { parent: entry.traceparent }),
    attributes: {
      [spanAttributes.channel]: channel,
      [spanAttributes.triggerId]: triggerId,
      [spanAttributes.playbookVersion]: playbookVersion,
    },
  });
  try {
    const answer = await call();
    span.setAttribute(spanAttributes.code, answer.kind);
    if (answer.kind !== 'accepted') failSpan(span, { name: answer.kind });
    return answer;
  } finally {
    span.end();
  }
}

const publicUrlOf = ({ PUBLIC_URL, HTTP_HOST, HTTP_PORT }: Config): string =>
  PUBLIC_URL ?? `http://${HTTP_HOST}:${HTTP_PORT}`;

const linksOf = (config: Config) =>
  createTokenLinks({
    publicUrl: publicUrlOf(config),
    secrets: firstOf(config.LINK_SIGNING_SECRET),
    nowMs,
  });

/** Clicks, unsubscribes, the inbox, what the SMS gateway tells. */
async function openDoor(
  context: Context,
  { ledger, homePost, inbox, shortLinks, desk }: Stores,
  about: { readonly links: ReturnType<typeof linksOf>; posted(): void },
): Promise<OnsiteServer | undefined> {
  const { config, log } = context;
  let onsite: OnsiteServer | undefined;
  await context.serve({
    fastify: { routerOptions: { maxParamLength: MAX_TOKEN_LENGTH } },
    register(server) {
      const clickLost = (error: unknown) => log.warn({ err: error }, 'a click could not be kept');
      addLinkRoutes(server, { ...about, ledger, homePost, shortLinks, nowMs, clickLost });
      const sms = smsAccountOf(config);
      if (sms !== null) {
        const unknownSender = () => log.warn('a text came from a number that no message went to; nobody can be named');
        const { posted } = about;
        const { authTokens } = sms;
        const publicUrl = publicUrlOf(config);
        addSmsRoutes(server, { publicUrl, authTokens, ledger, homePost, nowMs, posted, unknownSender });
      }
      const { API_TOKEN: apiToken } = config;
      if (apiToken !== undefined) addTaskRoutes(server, { desk, apiToken, nowMs, posted: about.posted });
      const { SITE_TOKEN_SECRET: siteSecrets, ONSITE_ORIGINS: origins } = config;
      onsite = addOnsiteRoutes(server, { inbox, ledger, homePost, siteSecrets, origins, nowMs, posted: about.posted });
    },
  });
  return onsite;
}

function smsChannelOf({ config, log }: Context, { shortLinks }: Stores, links: ReturnType<typeof linksOf>) {
  const account = smsAccountOf(config);
  if (account === null) {
    log.warn(
      'no SMS gateway is set up (SMS_URL and its companions): texts end as failed, CHANNEL_NOT_CONFIGURED; the company’s channels in the playbook let messages pass over sms',
    );
    return smsNotSetUp();
  }
  const { PUBLIC_URL: publicUrl } = config;
  const statusUrl = ({ candidateId }: { readonly candidateId: string }) =>
    publicUrl === undefined ? null : smsStatusUrl(publicUrl, candidateId);
  return createSmsChannel({ account, render: renderLiquid, links, shortLinks, statusUrl, nowMs });
}

function channelsOf(context: Context, stores: Stores, links: ReturnType<typeof linksOf>) {
  const { config } = context;
  const { inbox, workList } = stores;
  const render = renderLiquid;
  return [
    createEmailChannel({ smtpUrl: config.SMTP_URL, from: config.EMAIL_FROM, render, links }),
    smsChannelOf(context, stores, links),
    createWebhookChannel({ secrets: config.WEBHOOK_SECRET, allowHosts: config.WEBHOOK_ALLOW_HOSTS, render, nowMs }),
    createOnsiteChannel({ inbox, render, links }),
    createTaskChannel({ workList, render }),
  ];
}

function dispatcherOf(
  context: Context,
  { ledger }: Stores,
  rest: Pick<DispatcherOptions, 'channels' | 'playbooks' | 'write' | 'patiently'>,
): Dispatcher {
  const { log, metrics, fail } = context;
  const counted = dispatchMetrics(metrics, () => dispatcher.lanes.values());
  const dispatcher: Dispatcher = new Dispatcher({
    ...rest,
    ...counted,
    ledger,
    decisions,
    viewOf: ({ message }, company) => messageView(message, company, nowMs()),
    nowMs,
    traced,
    answered: ({ message, attempt }, answer) => {
      if (answer.kind === 'accepted') return;
      const { candidateId, channel } = message;
      const detail = 'detail' in answer ? answer.detail : answer.kind;
      log.info({ candidateId, channel, attempt, answer: answer.kind, detail }, 'not handed over');
    },
    unknownChannel: (channel) => log.warn({ channel }, 'a message for a channel that is not known here'),
    takeBackFailed: (error) => log.warn({ err: error }, 'could not take back what was handed over'),
    failed: fail,
  });
  return dispatcher;
}

/** Joins core and adapters. */
export async function wire(context: Context): Promise<RunningService> {
  const { config, log, fail } = context;
  const stores = openStores(context);
  const links = linksOf(config);
  const homeSender = new HomeSender({
    outbox: stores.homePost,
    collectorUrl: config.COLLECTOR_URL,
    writeKey: config.COLLECTOR_WRITE_KEY,
    nowMs,
    problem: (about) => log.warn(about, 'an event could not be brought home yet'),
  });
  const onsite = await openDoor(context, stores, { links, posted: () => homeSender.wake() });
  const patiently = patientlyWith(context);
  const ran = await patiently(async () => await migrate(stores.pool));
  if (ran.length > 0) log.info({ migrations: ran }, 'brought the schema up to date');
  keepFilled(stores.inbox, stores.redis, log);
  const { kafka, serde, producer, playbooks } = await openKafka(context);
  const channels = channelsOf(context, stores, links);
  const write = createReportWriter(producer, serde);
  const dispatcher = dispatcherOf(context, stores, { channels, playbooks, write, patiently });
  await dispatcher.start();
  homeSender.start();
  let trouble: string | null = null;
  const onOutage = (problem: string | null) => {
    trouble = problem;
  };
  const claim = async (chosen: Parameters<Dispatcher['claim']>[0]) => await dispatcher.claim(chosen);
  const consumer = await consumeChosen({ kafka, serde, producer, groupId: GROUP, log, claim, onOutage, fail });
  return {
    ready: () => ({ ok: trouble === null, reasons: trouble === null ? [] : [trouble] }),
    async stop() {
      onsite?.close();
      await consumer.close();
      await dispatcher.stop();
      await homeSender.stop();
    },
  };
}

function firstOf(secrets: readonly string[]): readonly [string, ...string[]] {
  const [first, ...others] = secrets;
  if (first === undefined) throw new Error('LINK_SIGNING_SECRET is empty');
  return [first, ...others];
}

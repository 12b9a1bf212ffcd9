import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceContext } from '@kairos/service-kit';
import { connectKafka, type KafkaPort } from '@kairos/stream-kit';

type Context = Pick<ServiceContext<unknown>, 'log' | 'stopping' | 'instance'>;

/** Connects, and tries again until a broker answers or the stop begins (then it rejects). */
export async function connectUntilThere(brokers: readonly string[], context: Context): Promise<KafkaPort> {
  const { log, stopping, instance } = context;
  for (;;) {
    try {
      return await connectKafka({ brokers, clientId: `collector-${instance}`, logger: log, connectRetries: 3 });
    } catch (error) {
      if (stopping.aborted) throw error;
      log.warn({ err: error }, 'no broker answers; events are answered with 503 until one does');
      await pause(1_000, undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) throw error;
    }
  }
}

/** Waits until every partition of the topics has a leader that answers: a topic that was just made has none at first. */
export async function waitForLeaders(
  kafka: Pick<KafkaPort, 'offsets'>,
  topics: readonly string[],
  { log, stopping }: Pick<Context, 'log' | 'stopping'>,
): Promise<void> {
  for (const topic of topics) {
    for (;;) {
      try {
        await kafka.offsets(topic);
        break;
      } catch (error) {
        if (stopping.aborted) throw error;
        log.debug({ err: error, topic }, 'a partition has no leader yet');
        await pause(200);
      }
    }
  }
}

/** Asks the broker every other second while there is trouble, so that readiness returns without traffic. */
export function watchRecovery(
  kafka: Pick<KafkaPort, 'ping'>,
  log: { readonly trouble: string | undefined; recovered(): void },
): { stop(): void } {
  let isAsking = false;
  const timer = setInterval(() => {
    if (log.trouble === undefined || isAsking) return;
    isAsking = true;
    kafka
      .ping()
      .then(() => log.recovered())
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  }, 2_000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

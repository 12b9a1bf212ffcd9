const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** kafkajs says so, for good, when the connection was lost on which it asked who leads a group. */
const NO_COORDINATOR = 'KafkaJSGroupCoordinatorNotFound';

const isRetriable = (error: unknown): boolean => {
  const { retriable, name } = error as { retriable?: boolean; name?: string };
  return retriable === true || name === NO_COORDINATOR;
};

/** Repeats what Kafka says is worth repeating (leaders that move or are not chosen yet, lost connections), with growing pauses. */
export const retried = async <T>(
  work: () => Promise<T>,
  options: { readonly attempts?: number; beforeRetry?(error: unknown): Promise<void> } = {},
): Promise<T> => {
  const attempts = options.attempts ?? 10;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isRetriable(error) || attempt >= attempts) throw error;
      await pause(Math.min(50 * 2 ** attempt, 3_000));
      await options.beforeRetry?.(error).catch(() => undefined);
    }
  }
};

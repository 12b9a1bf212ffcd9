const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
      const { retriable } = error as { retriable?: boolean };
      if (retriable !== true || attempt >= attempts) throw error;
      await pause(Math.min(50 * 2 ** attempt, 3_000));
      await options.beforeRetry?.(error).catch(() => undefined);
    }
  }
};

const EVERY_MS = 50;

/**
 * Waits until the metrics of a service say all of it. For tests: a record can be read from the log a moment before the
 * process that wrote it has heard so, and only then does it count it. Rejects with the metrics as they were last.
 */
export async function untilCounted(
  serviceUrl: string,
  said: readonly (RegExp | string)[],
  timeoutMs = 10_000,
): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const metrics = await (await fetch(`${serviceUrl}/metrics`)).text();
    const missing = said.filter((one) => (typeof one === 'string' ? !metrics.includes(one) : !one.test(metrics)));
    if (missing.length === 0) return;
    if (Date.now() > endMs) throw new Error(`not counted within ${timeoutMs} ms: ${missing.join(', ')}\n${metrics}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

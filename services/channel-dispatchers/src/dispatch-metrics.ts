import { type MessageReported, metricNames } from '@kairos/contracts';
import type { Metrics } from '@kairos/service-kit';

const HAND_OVER_BOUNDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3_600, 86_400];

/** What this service counts. */
export function dispatchMetrics(
  metrics: Metrics,
  lanes: () => Iterable<{ readonly name: string; readonly inFlight: number }>,
) {
  const handOvers = metrics.counter(
    metricNames.handOvers,
    'Messages handed over, or why not, by channel, outcome and code.',
  );
  const seconds = metrics.histogram(
    metricNames.handOverSeconds,
    'From the cause of a message to its hand-over.',
    HAND_OVER_BOUNDS,
  );
  const repeats = metrics.counter(metricNames.repeatsDropped, 'Records that had come before.');
  metrics.gauge('kairos_calls_under_way', 'Calls to providers under way, by channel.', () =>
    [...lanes()].map(({ name, inFlight }) => ({ value: inFlight, labels: { channel: name } })),
  );
  return {
    reported({ channel, outcome, code, reportedAtMs, causedAtMs }: MessageReported): void {
      handOvers.add(1, { channel, outcome, code: code ?? '' });
      if (outcome === 'accepted') seconds.record(Math.max(0, reportedAtMs - causedAtMs) / 1_000, { channel });
    },
    repeated: (count: number): void => repeats.add(count, { task: 'dispatch' }),
  };
}

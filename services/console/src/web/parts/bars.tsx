import { Text } from '@mantine/core';
import { showNumber, showTime } from './words.ts';

interface BarsProps {
  readonly label: string;
  readonly points: readonly { readonly atMs: number; readonly n: number }[];
  readonly everyMs: number;
  /** How many bars, the last one now. */
  readonly count: number;
}

const [WIDTH, HEIGHT, GAP] = [480, 72, 1];

/** A small bar chart of counts; a span in which nothing was counted has no bar. */
export function Bars({ label, points, everyMs, count }: BarsProps) {
  const last = Math.floor(Date.now() / everyMs);
  const byBucket = new Map(points.map(({ atMs, n }) => [Math.floor(atMs / everyMs), n]));
  const bars = Array.from({ length: count }, (_, at) => {
    const bucket = last - count + 1 + at;
    return { atMs: bucket * everyMs, n: byBucket.get(bucket) ?? 0 };
  });
  const most = Math.max(1, ...bars.map(({ n }) => n));
  const total = bars.reduce((sum, { n }) => sum + n, 0);
  const step = WIDTH / count;
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}: {showNumber(total)}, at most {showNumber(most === 1 && total === 0 ? 0 : most)}
      </Text>
      <svg
        className="bars"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${total}`}
      >
        <title>{`${label}: ${total}`}</title>
        {bars.map(({ atMs, n }, at) => (
          <rect
            key={atMs}
            x={at * step}
            y={HEIGHT - (HEIGHT * n) / most}
            width={step - GAP}
            height={(HEIGHT * n) / most}
          >
            <title>{`${showTime(atMs)}: ${n}`}</title>
          </rect>
        ))}
      </svg>
    </div>
  );
}

import { Code, Group, Text } from '@mantine/core';
import type { ReasonCount } from '../api.ts';
import { showNumber } from './words.ts';

export const totalOf = (reasons: readonly ReasonCount[]): number => reasons.reduce((sum, { n }) => sum + n, 0);

/** Reasons, the most frequent first; those beyond `most` as one number. */
export function Reasons({ reasons, most = 2 }: { readonly reasons: readonly ReasonCount[]; readonly most?: number }) {
  if (reasons.length === 0) return <Text size="xs">—</Text>;
  const rest = totalOf(reasons.slice(most));
  return (
    <Group gap={6}>
      {reasons.slice(0, most).map(({ code, n }) => (
        <Text key={code} size="xs" component="span" className="number">
          {showNumber(n)} <Code fz={11}>{code === '' ? 'at its end' : code}</Code>
        </Text>
      ))}
      {rest > 0 && <Text size="xs">and {showNumber(rest)} more</Text>}
    </Group>
  );
}

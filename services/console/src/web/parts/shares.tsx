import { Paper, SegmentedControl, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api.ts';
import type { ShareRow } from '../api-segments.ts';
import { Problem } from './problem.tsx';
import { showNumber } from './words.ts';

interface SharesProps {
  readonly kind: string;
  readonly id: string;
  readonly starts: string;
}

const unknown = { segment: 'in no segment', returning: 'not known' } as const;

/** How a trigger fares in each segment, or among new and returning persons. */
export function Shares({ kind, id, starts }: SharesProps) {
  const [by, setBy] = useState<keyof typeof unknown>('segment');
  const answer = useQuery({
    queryKey: ['shares', kind, id, by],
    queryFn: () =>
      get<{ days: number; rows: readonly ShareRow[] }>(
        `/triggers/${encodeURIComponent(kind)}/${encodeURIComponent(id)}/shares?by=${by}`,
      ),
    refetchInterval: 30_000,
  });
  const columns = [starts, 'Sent', 'Clicked', 'Dropped', 'Goals'];
  return (
    <Paper withBorder p="md">
      <Title order={4} mb="sm">
        By whom
      </Title>
      <SegmentedControl
        size="xs"
        value={by}
        onChange={(value) => setBy(value === 'returning' ? 'returning' : 'segment')}
        data={[
          { value: 'segment', label: 'Segment' },
          { value: 'returning', label: 'New or returning' },
        ]}
      />
      <Problem message={answer.error?.message} />
      <Table verticalSpacing={6} mt="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th />
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(answer.data?.rows ?? []).map(({ value, started, sent, clicked, dropped, goals }) => (
            <Table.Tr key={value ?? '*'} data-share={value ?? '*'}>
              <Table.Th>{value === null ? 'Everybody' : value === '' ? unknown[by] : value}</Table.Th>
              {[started, sent, clicked, dropped, goals].map((n, at) => (
                <Table.Td key={columns[at]} className="number">
                  {showNumber(n)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="sm">
        {answer.data?.days ?? 30} days. Whoever is in several segments counts in each.
      </Text>
    </Paper>
  );
}

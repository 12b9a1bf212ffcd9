import { Badge, Group, Paper, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, type PlanFault, type TrackingPlan, type TrackingRow } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { showNumber } from '../parts/words.ts';

const ranges = [
  { value: '1', label: 'Today' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
];

/** Whether what comes in keeps to what was agreed on, and what is wrong with it. */
export function TrackingPlanPage() {
  const [days, setDays] = useState('7');
  const answer = useQuery({
    queryKey: ['tracking-plan', days],
    queryFn: () => get<TrackingPlan>(`/tracking-plan?days=${days}`),
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
  });
  const { planned = [], unplanned = [] } = answer.data ?? {};
  return (
    <Stack>
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={2}>Tracking plan</Title>
          <Text c="dimmed">Which events were agreed on, how many came, and what was wrong with them.</Text>
        </div>
        <SegmentedControl data={ranges} value={days} onChange={setDays} aria-label="Over which time" />
      </Group>
      <Problem message={answer.error?.message} />
      {answer.isSuccess && planned.length === 0 && (
        <Paper withBorder p="md">
          <Text>
            No tracking plan is live, so no event is compared with one. playbook/tracking-plan.yaml is a start.
          </Text>
        </Paper>
      )}
      {unplanned.length > 0 && <Events title="Not in any plan" rows={unplanned} />}
      {planned.length > 0 && <Events title="Planned" rows={planned} />}
    </Stack>
  );
}

function Events({ title, rows }: { readonly title: string; readonly rows: readonly TrackingRow[] }) {
  return (
    <Paper withBorder>
      <Title order={4} p="md" pb={0}>
        {title}
      </Title>
      <Table.ScrollContainer minWidth={760}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Event</Table.Th>
              <Table.Th ta="right">Seen</Table.Th>
              <Table.Th ta="right">Refused</Table.Th>
              <Table.Th>What was wrong</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <EventRow key={row.name} row={row} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function EventRow({ row: { name, description, plan, seen, refused, faults } }: { readonly row: TrackingRow }) {
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td maw={300}>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {plan === null ? 'Correct the name at the source, or add it to the plan.' : description}
        </Text>
      </Table.Td>
      <Table.Td ta="right" className="number">
        {showNumber(seen)}
      </Table.Td>
      <Table.Td ta="right" className="number">
        {refused === 0 ? '—' : showNumber(refused)}
      </Table.Td>
      <Table.Td>
        {faults.length === 0 ? (
          <Text size="sm" c="dimmed">
            {seen === 0 ? 'None came.' : 'Nothing.'}
          </Text>
        ) : (
          faults.map((fault) => (
            <Fault key={`${fault.code}/${fault.field}/${fault.source}/${fault.outcome}`} fault={fault} />
          ))
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Fault({ fault: { sentence, remedy, source, outcome, n } }: { readonly fault: PlanFault }) {
  return (
    <Group gap={8} wrap="nowrap" align="flex-start" mb={4}>
      <Badge variant="light" color={outcome === 'refused' ? 'red' : 'orange'} tt="none" style={{ flexShrink: 0 }}>
        {showNumber(n)} {outcome}
      </Badge>
      <Text size="sm" title={remedy}>
        {sentence}{' '}
        <Text span size="xs" c="dimmed">
          from {source}
        </Text>
      </Text>
    </Group>
  );
}

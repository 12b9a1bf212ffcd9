import { Badge, Group, Paper, Table, Text, Title } from '@mantine/core';
import type { CodeCounts, RehearsedRun, RehearsedTrigger } from '../rehearsal-types.ts';
import { showNumber } from './words.ts';

/** A row for each trigger and channel, and what stood in the way. */
export function RehearsedTriggers({ run, isOne }: { readonly run: RehearsedRun; readonly isOne: boolean }) {
  return (
    <Paper withBorder data-triggers={run.label}>
      <Title order={4} p="md" pb={0}>
        {isOne ? 'Triggers' : `Triggers under ${run.label}`}
      </Title>
      <Table.ScrollContainer minWidth={760}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Trigger</Table.Th>
              <Table.Th>Channel</Table.Th>
              <Table.Th ta="right">Fired</Table.Th>
              <Table.Th ta="right">Proposed</Table.Th>
              <Table.Th ta="right">Chosen</Table.Th>
              <Table.Th ta="right">Cost</Table.Th>
              <Table.Th>What stood in the way</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {run.triggers.map((trigger) => (
              <TriggerRows key={trigger.triggerId} trigger={trigger} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function TriggerRows({
  trigger: { triggerId, fired, proposed, notStarted, channels },
}: {
  readonly trigger: RehearsedTrigger;
}) {
  return (
    <>
      <Table.Tr data-trigger={triggerId}>
        <Table.Td>
          <Text size="sm" fw={600}>
            {triggerId}
          </Text>
        </Table.Td>
        <Table.Td />
        <Table.Td ta="right" className="number">
          {showNumber(fired)}
        </Table.Td>
        <Table.Td ta="right" className="number">
          {showNumber(proposed)}
        </Table.Td>
        <Table.Td />
        <Table.Td />
        <Table.Td>
          <Codes word="not started" counts={notStarted} color="gray" />
        </Table.Td>
      </Table.Tr>
      {channels.map(({ channel, chosen, cost, deferred, dropped, withdrawn, displacedBy }) => (
        <Table.Tr key={channel ?? '—'}>
          <Table.Td />
          <Table.Td>{channel ?? '—'}</Table.Td>
          <Table.Td />
          <Table.Td />
          <Table.Td ta="right" className="number">
            {showNumber(chosen)}
          </Table.Td>
          <Table.Td ta="right" className="number">
            {cost === 0 ? '' : cost.toFixed(2)}
          </Table.Td>
          <Table.Td>
            <Group gap={6}>
              <Codes word="put off" counts={deferred} color="orange" />
              <Codes word="dropped" counts={dropped} color="red" />
              <Codes word="withdrawn" counts={withdrawn} color="violet" />
              <Codes word="displaced by" counts={displacedBy} color="blue" />
            </Group>
          </Table.Td>
        </Table.Tr>
      ))}
    </>
  );
}

interface CodesProps {
  readonly word: string;
  readonly counts: CodeCounts;
  readonly color: string;
}

function Codes({ word, counts, color }: CodesProps) {
  return Object.entries(counts).map(([code, n]) => (
    <Badge key={code} variant="light" color={color} tt="none">
      {word}: {code} {showNumber(n)}
    </Badge>
  ));
}

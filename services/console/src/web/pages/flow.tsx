import { Badge, Group, Paper, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Count, type Flow, type FlowStage, get } from '../api.ts';
import { LiveChart } from '../parts/live-chart.tsx';
import { Problem } from '../parts/problem.tsx';
import { showNumber } from '../parts/words.ts';

export function FlowPage({ flow, problem }: { readonly flow: Flow | undefined; readonly problem: string | undefined }) {
  const counts = useQuery({
    queryKey: ['counts'],
    queryFn: () => get<{ counts: readonly Count[] }>('/counts?hours=24'),
    refetchInterval: 3_000,
  });
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="end">
        <div>
          <Title order={2}>Live flow</Title>
          <Text c="dimmed">What customers do, on its way to what is said to them.</Text>
        </div>
        {flow !== undefined && <Watermark flow={flow} />}
      </Group>
      <Problem message={problem} />
      {flow === undefined ? <Skeleton h={110} /> : <Stages stages={flow.stages} />}
      {flow !== undefined && (
        <Paper withBorder p="md">
          <Text fw={600} mb={4}>
            Records a second
          </Text>
          <LiveChart flow={flow} />
        </Paper>
      )}
      <Outcomes counts={counts.data?.counts ?? []} />
    </Stack>
  );
}

const LATE_MS = 15_000;

function Watermark({ flow }: { readonly flow: Flow }) {
  const { delayMs } = flow.watermark;
  if (delayMs === null) return <Badge color="gray">no time yet</Badge>;
  return (
    <Badge variant="light" size="lg" tt="none" color={delayMs > LATE_MS ? 'red' : 'teal'}>
      watermark {(delayMs / 1000).toFixed(1)} s behind
    </Badge>
  );
}

function Stages({ stages }: { readonly stages: readonly FlowStage[] }) {
  return (
    <Group gap={14} wrap="wrap" align="stretch">
      {stages.map((stage) => (
        <Paper key={stage.id} withBorder p="sm" className="stage" data-stage={stage.id}>
          <Text size="sm" c="dimmed">
            {stage.label}
          </Text>
          <div className="rate">{stage.perSecond.toFixed(1)}</div>
          <Text size="xs" c="dimmed">
            a second
          </Text>
          <Stack gap={4} mt={8} align="start">
            <Text size="xs" className="number">
              {showNumber(stage.total)} so far
            </Text>
            <Badge
              size="xs"
              tt="none"
              variant="light"
              color={stage.lag > 1000 ? 'red' : stage.lag > 100 ? 'orange' : 'gray'}
            >
              {showNumber(stage.lag)} waiting
            </Badge>
            <Processes processes={stage.processes} />
          </Stack>
        </Paper>
      ))}
    </Group>
  );
}

/** How many share a stage's partitions; one alone needs no word, and where nobody reads there is nothing to say. */
function Processes({ processes }: Pick<FlowStage, 'processes'>) {
  if (processes.length < 2) return null;
  const names = processes.map(({ name, partitions }) => `${name}: ${partitions}`).join(', ');
  return (
    <Badge size="xs" tt="none" variant="light" color="blue" title={names} data-processes={processes.length}>
      {processes.length} processes, {processes.map(({ partitions }) => partitions).join('+')} partitions
    </Badge>
  );
}

interface Outcome {
  readonly trigger: string;
  fired: number;
  chosen: number;
  accepted: number;
  readonly reasons: Map<string, number>;
}

/** Per trigger: what fired, what was chosen, what was handed over, and why the rest was not. */
function outcomesOf(counts: readonly Count[]): Outcome[] {
  const outcomes = new Map<string, Outcome>();
  for (const { kind, subject, outcome, code, n } of counts) {
    // What journeys do is counted under their own names; this is about triggers.
    if (kind === 'event' || outcome.startsWith('journey')) continue;
    const row = outcomes.get(subject) ?? {
      trigger: subject,
      fired: 0,
      chosen: 0,
      accepted: 0,
      reasons: new Map<string, number>(),
    };
    outcomes.set(subject, row);
    if (kind === 'trigger' && outcome === 'fired') row.fired += n;
    else if (kind === 'decision' && outcome === 'chosen') row.chosen += n;
    else if (kind === 'report' && outcome === 'accepted') row.accepted += n;
    if (code !== '') row.reasons.set(code, (row.reasons.get(code) ?? 0) + n);
  }
  return [...outcomes.values()].sort((a, b) => b.fired - a.fired);
}

function Outcomes({ counts }: { readonly counts: readonly Count[] }) {
  const rows = outcomesOf(counts);
  if (rows.length === 0) return <Text c="dimmed">No trigger has fired in the last 24 hours.</Text>;
  return (
    <Paper withBorder p="md">
      <Text fw={600} mb="xs">
        Triggers, last 24 hours
      </Text>
      <Table.ScrollContainer minWidth={620}>
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Trigger</Table.Th>
              <Table.Th ta="right">Fired</Table.Th>
              <Table.Th ta="right">Chosen</Table.Th>
              <Table.Th ta="right">Handed over</Table.Th>
              <Table.Th>Why not</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.trigger}>
                <Table.Td fw={600}>{row.trigger}</Table.Td>
                <Table.Td ta="right" className="number">
                  {showNumber(row.fired)}
                </Table.Td>
                <Table.Td ta="right" className="number">
                  {showNumber(row.chosen)}
                </Table.Td>
                <Table.Td ta="right" className="number">
                  {showNumber(row.accepted)}
                </Table.Td>
                <Table.Td>
                  <Group gap={6}>
                    {[...row.reasons].map(([code, n]) => (
                      <Badge key={code} variant="light" color="gray" tt="none">
                        {code} {showNumber(n)}
                      </Badge>
                    ))}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

import { Anchor, Group, Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { get } from '../api.ts';
import { Columns } from '../parts/columns.tsx';
import { Problem } from '../parts/problem.tsx';
import { daysOf, differenceRows, spreadOf } from '../parts/rehearsal-rows.ts';
import { RehearsedStory } from '../parts/rehearsed-story.tsx';
import { RehearsedTriggers } from '../parts/rehearsed-triggers.tsx';
import { showNumber } from '../parts/words.ts';
import type { RehearsalReport, RehearsedRun } from '../rehearsal-types.ts';

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** One report: what would have been said, plots, the difference between two playbooks, and stories. */
export function RehearsalPage() {
  const { id = '' } = useParams();
  const answer = useQuery({
    queryKey: ['rehearsal', id],
    queryFn: () => get<RehearsalReport>(`/rehearsals/${encodeURIComponent(id)}`),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Stack>
      <Anchor component={Link} to="/rehearsals" size="sm">
        All rehearsals
      </Anchor>
      <Problem message={answer.error?.message} />
      {answer.data !== undefined && <Report report={answer.data} />}
    </Stack>
  );
}

function Report({ report }: { readonly report: RehearsalReport }) {
  const { name, events, end, runs, difference } = report;
  return (
    <>
      <div>
        <Title order={2}>{name}</Title>
        <Text c="dimmed">
          {showNumber(events.count)} events from {events.from}, {dayOf(events.firstAtMs)} to {dayOf(events.lastAtMs)},
          rehearsed to {dayOf(end.atMs)}
          {end.isQuiet ? '' : '; something was still waiting then'}.
        </Text>
      </div>
      <SimpleGrid cols={{ base: 1, md: runs.length > 1 ? 2 : 1 }}>
        {runs.map((run) => (
          <Totals key={run.label} run={run} currency={report.currency} isOne={runs.length === 1} />
        ))}
      </SimpleGrid>
      <Paper withBorder p="md">
        <Stack>
          <Columns label="Messages a day" columns={daysOf(runs, (day) => day.chosen)} />
          <Columns label="Moments found a day" columns={daysOf(runs, (day) => day.fired)} />
          <Columns label="Persons by how many messages they got" columns={spreadOf(runs)} />
          {runs.length > 1 && (
            <Text size="xs" c="dimmed">
              The first bar of each pair is A, the second is B.
            </Text>
          )}
        </Stack>
      </Paper>
      {difference !== null && <Difference report={report} />}
      {runs.map((run) => (
        <RehearsedTriggers key={run.label} run={run} isOne={runs.length === 1} />
      ))}
      <Stories report={report} />
    </>
  );
}

interface TotalsProps {
  readonly run: RehearsedRun;
  readonly currency: string;
  readonly isOne: boolean;
}

function Totals({ run: { label, playbook, version, totals, persons }, currency, isOne }: TotalsProps) {
  const figures: readonly (readonly [string, string])[] = [
    ['moments found', showNumber(totals.fired)],
    ['proposed', showNumber(totals.proposed)],
    ['messages chosen', showNumber(totals.chosen)],
    ['dropped', showNumber(totals.dropped)],
    ['put off', showNumber(totals.deferred)],
    ['withdrawn', showNumber(totals.withdrawn)],
    ['persons reached', `${showNumber(persons.reached)} of ${showNumber(persons.all)}`],
    ['left without any', showNumber(persons.leftWithout)],
    ...(totals.cost > 0 ? [['cost', `${totals.cost.toFixed(2)} ${currency}`] as const] : []),
  ];
  return (
    <Paper withBorder p="md" data-run={label}>
      <Text fw={600}>
        {isOne ? '' : `${label}: `}
        {playbook}{' '}
        <Text span size="xs" c="dimmed">
          {version.slice(0, 12)}
        </Text>
      </Text>
      <Group mt="sm" gap="xl">
        {figures.map(([name, value]) => (
          <div key={name}>
            <Text className="number" fw={600} size="lg">
              {value}
            </Text>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
          </div>
        ))}
      </Group>
    </Paper>
  );
}

function Difference({ report }: { readonly report: RehearsalReport }) {
  return (
    <Paper withBorder p="md" data-difference>
      <Title order={4}>{showNumber(report.difference?.persons ?? 0)} persons meet another fate under B</Title>
      <Table verticalSpacing={4} mt="xs" maw={620}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th />
            <Table.Th ta="right">A</Table.Th>
            <Table.Th ta="right">B</Table.Th>
            <Table.Th ta="right">Difference</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differenceRows(report).map(({ name, a, b }) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td ta="right" className="number">
                {showNumber(a)}
              </Table.Td>
              <Table.Td ta="right" className="number">
                {showNumber(b)}
              </Table.Td>
              <Table.Td ta="right" className="number" fw={a === b ? 400 : 600}>
                {a === b ? '—' : `${b > a ? '+' : '−'}${showNumber(Math.abs(b - a))}`}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

/** Of two playbooks the same person's two stories side by side, else some persons' stories. */
function Stories({ report: { runs, difference } }: { readonly report: RehearsalReport }) {
  if (difference !== null && difference.samples.length > 0) {
    return (
      <Stack>
        <Title order={4}>Persons whose fate differs</Title>
        {difference.samples.map(({ personId, a, b }) => (
          <Paper key={personId} withBorder p="md" data-person={personId}>
            <Text fw={600}>{personId}</Text>
            <SimpleGrid cols={{ base: 1, md: 2 }} mt="xs">
              <RehearsedStory title="A" story={a} />
              <RehearsedStory title="B" story={b} />
            </SimpleGrid>
          </Paper>
        ))}
      </Stack>
    );
  }
  return (
    <Stack>
      <Title order={4}>Stories</Title>
      {runs[0]?.timelines.map((story) => (
        <Paper key={story.personId} withBorder p="md" data-person={story.personId}>
          <RehearsedStory title={story.personId} story={story} />
        </Paper>
      ))}
    </Stack>
  );
}

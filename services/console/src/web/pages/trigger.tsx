import { Anchor, Badge, Code, Group, Paper, SimpleGrid, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { get, type Numbers, type TriggerDetail } from '../api.ts';
import { Bars } from '../parts/bars.tsx';
import { JourneyWay } from '../parts/journey-way.tsx';
import { Problem } from '../parts/problem.tsx';
import { Reasons, totalOf } from '../parts/reasons.tsx';
import { Shares } from '../parts/shares.tsx';
import { showNumber } from '../parts/words.ts';

const HOUR_MS = 3_600_000;

/** A trigger or journey: its sentence, how it fares, a journey as a flow, and the definition itself. */
export function TriggerPage() {
  const { kind = '', id = '' } = useParams();
  const answer = useQuery({
    queryKey: ['trigger', kind, id],
    queryFn: () => get<TriggerDetail>(`/triggers/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`),
    refetchInterval: 5_000,
  });
  const { data } = answer;
  return (
    <Stack>
      <Anchor component={Link} to="/triggers" size="sm">
        ← Triggers and journeys
      </Anchor>
      <Problem message={answer.error?.message} />
      {data === undefined ? <Skeleton h={200} /> : <Detail one={data} />}
    </Stack>
  );
}

function Detail({ one }: { readonly one: TriggerDetail }) {
  const { kind, id, startsWith, definition, steps, version, curves, yaml } = one;
  const starts = kind === 'Journey' ? 'Started' : 'Fired';
  return (
    <>
      <Head one={one} />
      {startsWith !== null && definition.steps !== undefined && (
        <JourneyWay id={id} startsWith={startsWith} steps={definition.steps} moves={steps} version={version} />
      )}
      <Paper withBorder p="md">
        <NumbersTable numbers={one.numbers} goalsOfDay={one.goalsOfDay} starts={starts} />
        <SimpleGrid cols={{ base: 1, sm: 2 }} mt="md">
          <Bars label={`${starts}, per hour of two days`} points={curves.hour} everyMs={HOUR_MS} count={48} />
          <Bars label={`${starts}, per day (UTC) of thirty`} points={curves.day} everyMs={24 * HOUR_MS} count={30} />
        </SimpleGrid>
      </Paper>
      <Shares kind={kind} id={id} starts={starts} />
      <Paper withBorder p="md">
        <Title order={4} mb="sm">
          Definition, as it is live
        </Title>
        <Code block>{yaml}</Code>
      </Paper>
    </>
  );
}

function Head({ one }: { readonly one: TriggerDetail }) {
  const { kind, id, status, owner, description, sentence, startsWith, journeys } = one;
  return (
    <Paper withBorder p="md">
      <Group gap={8}>
        <Title order={2}>{id}</Title>
        <Badge tt="none" variant="outline">
          {kind}
        </Badge>
        <Badge tt="none" variant="light" color={status === 'live' ? 'teal' : 'orange'}>
          {status}
        </Badge>
      </Group>
      {description !== '' && <Text c="dimmed">{description}</Text>}
      <Text className="why" mt="sm">
        {sentence}
      </Text>
      <Group gap="md" mt="sm">
        {owner !== '' && (
          <Text size="sm" c="dimmed">
            {owner}
          </Text>
        )}
        {startsWith !== null && (
          <Anchor component={Link} size="sm" to={`/triggers/Trigger/${encodeURIComponent(startsWith)}`}>
            starts with {startsWith}
          </Anchor>
        )}
        {journeys.map((journey) => (
          <Anchor key={journey} component={Link} size="sm" to={`/triggers/Journey/${encodeURIComponent(journey)}`}>
            journey {journey}
          </Anchor>
        ))}
      </Group>
    </Paper>
  );
}

interface TableProps {
  readonly numbers: TriggerDetail['numbers'];
  readonly goalsOfDay: number | null;
  readonly starts: string;
}

const spans = ['hour', 'day', 'ever'] as const;

type RowProps<T> = Pick<TableProps, 'numbers'> & { readonly label: string; readonly of: (span: Numbers) => T };

function PlainRow({ numbers, label, of }: RowProps<number>) {
  return (
    <Table.Tr>
      <Table.Th>{label}</Table.Th>
      {spans.map((span) => (
        <Table.Td key={span} className="number" data-number={`${label} ${span}`}>
          {showNumber(of(numbers[span]))}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** A number, and below it what it is made of. */
function WhyRow({ numbers, label, of }: RowProps<Numbers['dropped']>) {
  return (
    <Table.Tr>
      <Table.Th>{label}</Table.Th>
      {spans.map((span) => (
        <Table.Td key={span}>
          <Text size="sm" className="number">
            {showNumber(totalOf(of(numbers[span])))}
          </Text>
          {of(numbers[span]).length > 0 && <Reasons reasons={of(numbers[span])} most={5} />}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function NumbersTable({ numbers, goalsOfDay, starts }: TableProps) {
  const isJourney = starts === 'Started';
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th />
            <Table.Th>This hour</Table.Th>
            <Table.Th>24 h</Table.Th>
            <Table.Th>In all</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <PlainRow numbers={numbers} label={starts} of={({ started }) => started} />
          <WhyRow numbers={numbers} label="Not started" of={({ notStarted }) => notStarted} />
          {isJourney && <WhyRow numbers={numbers} label="Ended" of={({ ended }) => ended} />}
          {isJourney && (
            <Table.Tr>
              <Table.Th>Under way now</Table.Th>
              <Table.Td colSpan={3} className="number">
                {showNumber(Math.max(0, numbers.ever.started - totalOf(numbers.ever.ended)))}
              </Table.Td>
            </Table.Tr>
          )}
          <PlainRow numbers={numbers} label="Proposed" of={({ proposed }) => proposed} />
          <PlainRow numbers={numbers} label="Sent" of={({ sent }) => sent} />
          <WhyRow numbers={numbers} label="Dropped" of={({ dropped }) => dropped} />
          <WhyRow numbers={numbers} label="Taken back" of={({ withdrawn }) => withdrawn} />
          {goalsOfDay !== null && (
            <Table.Tr>
              <Table.Th>Goal reached in time</Table.Th>
              <Table.Td />
              <Table.Td className="number">{showNumber(goalsOfDay)}</Table.Td>
              <Table.Td />
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

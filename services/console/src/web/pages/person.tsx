import { Anchor, Badge, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { type ExplainedPerson, get, type Person } from '../api.ts';
import { Consent } from '../parts/consent.tsx';
import { Problem } from '../parts/problem.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { nameOf, textOf } from '../parts/words.ts';

export function PersonPage() {
  const { id = '' } = useParams();
  const explained = useQuery({
    queryKey: ['person', id],
    queryFn: () => get<ExplainedPerson>(`/persons/${encodeURIComponent(id)}`),
    refetchInterval: 3_000,
  });
  const { data } = explained;
  return (
    <Stack>
      <Group justify="space-between">
        <Anchor component={Link} to="/people" size="sm">
          ← People
        </Anchor>
        <Anchor component={Link} to={`/people/${encodeURIComponent(id)}/watch`} size="sm">
          Why did nothing happen?
        </Anchor>
      </Group>
      <Problem message={explained.error?.message} />
      {data === undefined ? <Skeleton h={200} /> : <Head id={id} explained={data} />}
      {data?.person != null && <Consent profile={data.person.profile} />}
      {data !== undefined && <Timeline entries={data.entries} person={data.person} />}
    </Stack>
  );
}

const money = (value: unknown): string =>
  Number(value ?? 0).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function factsOf(person: Person): [string, string][] {
  const { profile } = person;
  return [
    ['E-mail', textOf(profile['email']) ?? 'unknown'],
    ['Phone', textOf(profile['phone']) ?? 'unknown'],
    ['Lives in', textOf(profile['zone']) ?? 'unknown'],
    ['Orders', `${String(profile['orderCount'] ?? 0)} worth ${money(profile['orderValue'])}`],
    ['Net value', money(profile['netValue'])],
    ['Events', String(profile['eventCount'] ?? 0)],
  ];
}

function Head({ id, explained }: { readonly id: string; readonly explained: ExplainedPerson }) {
  const { person, personIds } = explained;
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="start">
        <div>
          <Title order={2}>{nameOf(person?.personId ?? id, person?.profile)}</Title>
          <Text c="dimmed" size="sm">
            {personIds.join(', ')}
          </Text>
        </div>
        <Group gap={6}>
          {(person?.segments ?? []).map((segment) => (
            <Badge key={segment} variant="light" tt="none" size="lg">
              {segment}
            </Badge>
          ))}
        </Group>
      </Group>
      <Group gap="xl" mt="md">
        {(person === null ? [] : factsOf(person)).map(([label, value]) => (
          <div key={label}>
            <Text size="xs" c="dimmed">
              {label}
            </Text>
            <Text className="number">{value}</Text>
          </div>
        ))}
      </Group>
    </Paper>
  );
}

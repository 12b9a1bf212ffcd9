import {
  Alert,
  Anchor,
  Badge,
  Group,
  Paper,
  Progress,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { get, type WatchedEntry, type WatchedLook, type WatchedPerson } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { showTime } from '../parts/words.ts';

/** What each trigger made of what a person did, derived again from the person's log. */
export function WatchPage() {
  const { id = '' } = useParams();
  const [trigger, setTrigger] = useState('');
  const [isAll, setAll] = useState(false);
  const watch = useQuery({
    queryKey: ['watch', id],
    queryFn: () => get<WatchedPerson>(`/persons/${encodeURIComponent(id)}/watch`),
    refetchInterval: 2_000,
  });
  const { data } = watch;
  return (
    <Stack>
      <Anchor component={Link} to={`/people/${encodeURIComponent(id)}`} size="sm">
        ← {data?.personId ?? id}
      </Anchor>
      <div>
        <Title order={2}>Why did nothing happen?</Title>
        <Text c="dimmed">
          Which triggers looked at what the person did, which condition was not true and what it saw, and what waits.
        </Text>
      </div>
      <Problem message={watch.error?.message} />
      {data === undefined ? (
        <Skeleton h={200} />
      ) : (
        <>
          <Reading person={data} />
          <Waiting waiting={data.waiting.filter((one) => one.id.includes(trigger))} />
          <Group>
            <TextInput
              placeholder="Only this trigger"
              aria-label="Only this trigger"
              value={trigger}
              onChange={(event) => setTrigger(event.currentTarget.value.trim())}
            />
            <Switch
              label="also what no trigger looks at"
              checked={isAll}
              onChange={(event) => setAll(event.currentTarget.checked)}
            />
          </Group>
          <Entries entries={shownOf(data.entries, { trigger, isAll })} />
        </>
      )}
    </Stack>
  );
}

interface Shown {
  readonly trigger: string;
  readonly isAll: boolean;
}

function shownOf(entries: readonly WatchedEntry[], { trigger, isAll }: Shown): readonly WatchedEntry[] {
  return entries
    .map((entry) => ({ ...entry, looks: entry.looks.filter(({ triggerId }) => triggerId.includes(trigger)) }))
    .filter(({ looks, kind }) => looks.length > 0 || (trigger === '' && (isAll || kind !== 'event')));
}

function Reading({ person }: { readonly person: WatchedPerson }) {
  if (!person.isLive) {
    return (
      <div>
        <Text size="sm">Reading the log: {person.readPercent} %</Text>
        <Progress value={person.readPercent} animated />
      </div>
    );
  }
  return person.isCutOff ? (
    <Alert color="yellow">Older records are gone from the log: what waited before them is not known here.</Alert>
  ) : null;
}

function Waiting({ waiting }: Pick<WatchedPerson, 'waiting'>) {
  return (
    <Paper withBorder p="md">
      <Text fw={600} mb={4}>
        Waiting
      </Text>
      {waiting.length === 0 && <Text c="dimmed">Nothing waits.</Text>}
      {waiting.map(({ line }) => (
        <Text key={line} size="sm" className="number" data-waiting>
          {line}
        </Text>
      ))}
    </Paper>
  );
}

function Entries({ entries }: { readonly entries: readonly WatchedEntry[] }) {
  return (
    <Paper withBorder p="md">
      {entries.length === 0 && <Text c="dimmed">Nothing yet that any trigger looks at.</Text>}
      {entries.map((entry) => (
        <div key={entry.number} className="entry" data-watch={entry.kind}>
          <Group gap={8}>
            <Text size="xs" c="dimmed" w={112} className="number" style={{ whiteSpace: 'nowrap' }}>
              {showTime(entry.atMs)}
            </Text>
            <Text size="sm" c="dimmed">
              {kinds[entry.kind] ?? entry.kind}
            </Text>
            <Text fw={600}>{entry.title}</Text>
          </Group>
          <Stack gap={8} mt={6}>
            {entry.looks.map((look) => (
              <Look key={look.triggerId} look={look} />
            ))}
            {entry.says.map((line) => (
              <Text key={line} size="sm">
                {line}
              </Text>
            ))}
            {entry.kind === 'event' && entry.notConcerned > 0 && (
              <Text size="xs" c="dimmed">
                {entry.notConcerned} {entry.notConcerned === 1 ? 'trigger does' : 'triggers do'} not look at events of
                this name
              </Text>
            )}
          </Stack>
        </div>
      ))}
    </Paper>
  );
}

const kinds: Readonly<Record<string, string>> = {
  event: 'Event',
  time: 'Time',
  feedback: 'Message',
  merged: 'Joined by',
  moved: 'Moved to',
  waiting: 'Timers',
  playbook: 'Playbook',
};

const colours: Readonly<Record<string, string>> = {
  fired: 'teal',
  notStarted: 'orange',
  waits: 'blue',
  ended: 'grape',
  remembered: 'indigo',
};

function Look({ look }: { readonly look: WatchedLook }) {
  return (
    <div data-trigger={look.triggerId} data-verdict={look.verdict}>
      <Group gap={8}>
        <Text size="sm" fw={500}>
          {look.triggerId}
        </Text>
        <Badge tt="none" variant="light" color={colours[look.verdict] ?? 'gray'}>
          {look.says}
        </Badge>
      </Group>
      {look.reasons.map((reason) => (
        <Text key={reason} size="sm" className="why" mt={4}>
          {reason}
        </Text>
      ))}
    </div>
  );
}

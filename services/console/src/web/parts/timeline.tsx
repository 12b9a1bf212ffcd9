import {
  Anchor,
  Badge,
  Box,
  Code,
  Collapse,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  ThemeIcon,
  UnstyledButton,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBolt, IconCheck, IconGavel, IconPointer, IconSend } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Entry, type EntryKind, get, type Person } from '../api.ts';
import { showTime, textOf } from './words.ts';

const looks = {
  event: { icon: IconPointer, colour: 'gray', label: 'did' },
  trigger: { icon: IconBolt, colour: 'violet', label: 'noticed' },
  decision: { icon: IconGavel, colour: 'teal', label: 'decided' },
  report: { icon: IconSend, colour: 'blue', label: 'handed over' },
} as const satisfies Record<EntryKind, unknown>;

const fateColours: Readonly<Record<string, string>> = {
  fired: 'violet',
  chosen: 'teal',
  accepted: 'blue',
  deferred: 'orange',
  dropped: 'red',
  withdrawn: 'gray',
  failed: 'red',
  unknown: 'orange',
  notStarted: 'gray',
  journeyStarted: 'violet',
  journeyStepTaken: 'grape',
  journeyExited: 'gray',
  journeyNotStarted: 'gray',
};

/** What happened to a person, latest first; every decision with its why. */
export function Timeline({ entries, person }: { readonly entries: readonly Entry[]; readonly person: Person | null }) {
  const [shown, setShown] = useState<'all' | EntryKind>('all');
  const visible = entries.filter((entry) => shown === 'all' || entry.kind === shown);
  const zone = textOf(person?.profile['zone']);
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="md">
        <Box style={{ overflowX: 'auto', maxWidth: '100%' }}>
          <SegmentedControl
            size="xs"
            value={shown}
            onChange={(value) => setShown(value as 'all' | EntryKind)}
            data={[
              { value: 'all', label: 'Everything' },
              { value: 'event', label: 'Events' },
              { value: 'trigger', label: 'Triggers' },
              { value: 'decision', label: 'Decisions' },
              { value: 'report', label: 'Messages' },
            ]}
          />
        </Box>
        {zone !== null && (
          <Text size="xs" c="dimmed">
            times in reasons are those of {zone}
          </Text>
        )}
      </Group>
      {visible.length === 0 && <Text c="dimmed">Nothing of this kind yet.</Text>}
      {visible.map((entry) => (
        <TimelineEntry key={`${entry.kind} ${entry.entryId}`} entry={entry} />
      ))}
    </Paper>
  );
}

function TimelineEntry({ entry }: { readonly entry: Entry }) {
  const [open, { toggle }] = useDisclosure();
  const { icon: Icon, colour, label } = looks[entry.kind];
  const fate = textOf(entry.body['fate']) ?? (entry.kind === 'event' ? null : textOf(entry.body['outcome']));
  const code = textOf(entry.body['code']);
  return (
    <div className="entry" data-kind={entry.kind} data-code={code ?? ''}>
      <ThemeIcon className="entry-mark" size={24} radius="xl" color={colour} variant="light">
        <Icon size={14} />
      </ThemeIcon>
      <UnstyledButton onClick={toggle} w="100%" aria-expanded={open}>
        <Group gap={8}>
          <Text size="xs" c="dimmed" w={112} className="number" style={{ whiteSpace: 'nowrap' }}>
            {showTime(entry.atMs)}
          </Text>
          <Text size="sm" c="dimmed">
            {label}
          </Text>
          <Text fw={600}>{entry.title}</Text>
          {fate !== null && (
            <Badge tt="none" variant="light" color={fateColours[fate] ?? 'gray'}>
              {fate}
            </Badge>
          )}
          {code !== null && <Code>{code}</Code>}
          {textOf(entry.body['channel']) !== null && (
            <Text size="xs" c="dimmed">
              by {textOf(entry.body['channel'])}
            </Text>
          )}
        </Group>
      </UnstyledButton>
      {entry.why !== null && (
        <Text size="sm" className="why" mt={6}>
          {entry.why}
        </Text>
      )}
      <Collapse expanded={open}>
        <Details entry={entry} />
      </Collapse>
    </div>
  );
}

function Details({ entry }: { readonly entry: Entry }) {
  const gates = Array.isArray(entry.body['gatesPassed']) ? (entry.body['gatesPassed'] as string[]) : [];
  return (
    <Stack gap={8} mt={8}>
      {(gates.length > 0 || textOf(entry.body['gate']) !== null) && (
        <Group gap={6}>
          {gates.map((gate) => (
            <Badge key={gate} size="sm" variant="outline" color="teal" tt="none" leftSection={<IconCheck size={10} />}>
              {gate}
            </Badge>
          ))}
          {textOf(entry.body['gate']) !== null && (
            <Badge size="sm" color="red" variant="filled" tt="none">
              stopped at {textOf(entry.body['gate'])}
            </Badge>
          )}
        </Group>
      )}
      <Code block>{JSON.stringify(entry.body, null, 2)}</Code>
      {entry.traceId !== null && <TraceLink traceId={entry.traceId} />}
    </Stack>
  );
}

/** The trace of the record that made the entry: a link where a tracing system is named, else its id to search for. */
function TraceLink({ traceId }: { readonly traceId: string }) {
  const session = useQuery({ queryKey: ['session'], queryFn: () => get<{ traceUrl: string | null }>('/session') });
  const traceUrl = session.data?.traceUrl ?? null;
  if (traceUrl === null) {
    return (
      <Text size="xs" c="dimmed">
        trace {traceId}
      </Text>
    );
  }
  return (
    <Anchor size="xs" href={traceUrl.replace('{traceId}', traceId)} target="_blank" rel="noreferrer">
      trace {traceId}
    </Anchor>
  );
}

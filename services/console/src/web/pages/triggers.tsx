import {
  Anchor,
  Badge,
  Button,
  Group,
  Paper,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { IconSearch, IconSortDescending } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { get, type ListedTrigger } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { Reasons } from '../parts/reasons.tsx';
import { listed, type SortKey } from '../parts/trigger-list.ts';
import { showNumber } from '../parts/words.ts';

const columns: readonly { readonly key: SortKey; readonly label: string; readonly title: string }[] = [
  { key: 'hour', label: 'This hour', title: 'Fired, or started, since the hour began' },
  { key: 'day', label: '24 h', title: 'Fired, or started, this hour and in the 23 before' },
  { key: 'ever', label: 'In all', title: 'Fired, or started, ever' },
  { key: 'sent', label: 'Sent', title: 'Messages handed over in 24 hours, of those proposed' },
];

export function TriggersPage() {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<SortKey>('day');
  const answer = useQuery({
    queryKey: ['triggers'],
    queryFn: () => get<{ definitions: readonly ListedTrigger[] }>('/triggers'),
    refetchInterval: 5_000,
  });
  const rows = listed(answer.data?.definitions ?? [], search, sort);
  return (
    <Stack>
      <Group justify="space-between" align="end">
        <div>
          <Title order={2}>Triggers and journeys</Title>
          <Text c="dimmed">What is live, what it says, and how it fares.</Text>
        </div>
        <Button component={Link} to="/try" variant="light">
          Try a definition
        </Button>
      </Group>
      <Problem message={answer.error?.message} />
      <TextInput
        placeholder="Name, word of the sentence, owner, status"
        aria-label="Search triggers and journeys"
        leftSection={<IconSearch size={16} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <TriggerTable rows={rows} sort={sort} onSort={setSort} />
      {answer.isSuccess && rows.length === 0 && (
        <Text c="dimmed">{search === '' ? 'No trigger is live: publish a playbook.' : 'None fits.'}</Text>
      )}
    </Stack>
  );
}

interface TableProps {
  readonly rows: readonly ListedTrigger[];
  readonly sort: SortKey;
  onSort(key: SortKey): void;
}

function TriggerTable({ rows, sort, onSort }: TableProps) {
  const head = (key: SortKey, label: string, title: string) => (
    <UnstyledButton
      fz="sm"
      fw={600}
      onClick={() => onSort(key)}
      title={`${title}; click to sort`}
      aria-pressed={sort === key}
    >
      {label} {sort === key && <IconSortDescending size={13} />}
    </UnstyledButton>
  );
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={860}>
        <Table highlightOnHover verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{head('id', 'Definition', 'By name')}</Table.Th>
              {columns.map(({ key, label, title }) => (
                <Table.Th key={key} ta="right" style={{ whiteSpace: 'nowrap' }}>
                  {head(key, label, title)}
                </Table.Th>
              ))}
              <Table.Th ta="right" title="Firings of the last 24 hours after which the customer did what was hoped for">
                Goals
              </Table.Th>
              <Table.Th style={{ whiteSpace: 'nowrap' }}>
                {head('dropped', 'Why not, 24 h', 'By messages that were dropped')}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((one) => (
              <TriggerRow key={`${one.kind}/${one.id}`} one={one} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

const statusColours: Readonly<Record<string, string>> = { live: 'teal', paused: 'orange', draft: 'gray' };

function TriggerRow({ one }: { readonly one: ListedTrigger }) {
  const { kind, id, status, sentence, numbers, goalsOfDay } = one;
  const { hour, day, ever } = numbers;
  return (
    <Table.Tr data-trigger={id}>
      <Table.Td>
        <Group gap={6}>
          <Anchor component={Link} size="sm" fw={600} to={`/triggers/${kind}/${encodeURIComponent(id)}`}>
            {id}
          </Anchor>
          <Badge size="sm" tt="none" variant="light" color={statusColours[status] ?? 'gray'}>
            {status}
          </Badge>
          {kind === 'Journey' && (
            <Badge size="sm" tt="none" variant="outline">
              journey
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed" lineClamp={3}>
          {sentence}
        </Text>
      </Table.Td>
      {[hour, day, ever].map((span, at) => (
        <Table.Td key={columns[at]?.key} ta="right" className="number" data-span={columns[at]?.key}>
          {showNumber(span.started)}
        </Table.Td>
      ))}
      <Table.Td ta="right" className="number" style={{ whiteSpace: 'nowrap' }}>
        {showNumber(day.sent)} / {showNumber(day.proposed)}
      </Table.Td>
      <Table.Td ta="right" className="number">
        {goalsOfDay === null ? '—' : showNumber(goalsOfDay)}
      </Table.Td>
      <Table.Td>
        {day.notStarted.length > 0 && <Reasons reasons={day.notStarted} />}
        {(day.dropped.length > 0 || day.notStarted.length === 0) && <Reasons reasons={day.dropped} />}
      </Table.Td>
    </Table.Tr>
  );
}

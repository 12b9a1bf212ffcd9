import { Anchor, Badge, Group, Paper, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { get, type Person } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { ago, nameOf, textOf } from '../parts/words.ts';

export function PeoplePage() {
  const [search, setSearch] = useState('');
  const people = useQuery({
    queryKey: ['people', search],
    queryFn: () => get<{ persons: readonly Person[] }>(`/persons?search=${encodeURIComponent(search)}`),
    refetchInterval: 5_000,
    placeholderData: keepPreviousData,
  });
  const persons = people.data?.persons ?? [];
  return (
    <Stack>
      <div>
        <Title order={2}>People</Title>
        <Text c="dimmed">Pick somebody to see everything that happened, and why.</Text>
      </div>
      <Problem message={people.error?.message} />
      <TextInput
        placeholder="Name, e-mail address or id"
        aria-label="Search people"
        leftSection={<IconSearch size={16} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Paper withBorder>
        <Table.ScrollContainer minWidth={860}>
          <Table highlightOnHover verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Person</Table.Th>
                <Table.Th>E-mail</Table.Th>
                <Table.Th>Lives in</Table.Th>
                <Table.Th ta="right">Orders</Table.Th>
                <Table.Th>Segments</Table.Th>
                <Table.Th style={{ whiteSpace: 'nowrap' }}>Last change</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {persons.map((person) => (
                <PersonRow key={person.personId} person={person} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        {people.isSuccess && persons.length === 0 && (
          <Text p="md" c="dimmed">
            {search === '' ? 'Nobody yet: send an event to the collector.' : 'Nobody fits.'}
          </Text>
        )}
      </Paper>
    </Stack>
  );
}

function PersonRow({ person: { personId, profile, segments, changedAtMs } }: { readonly person: Person }) {
  const name = nameOf(personId, profile);
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} size="sm" to={`/people/${encodeURIComponent(personId)}`}>
          {name}
        </Anchor>
        {name !== personId && (
          <Text size="xs" c="dimmed">
            {personId}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{textOf(profile['email']) ?? '—'}</Table.Td>
      <Table.Td>{textOf(profile['zone']) ?? '—'}</Table.Td>
      <Table.Td ta="right" className="number">
        {String(profile['orderCount'] ?? 0)}
      </Table.Td>
      <Table.Td>
        <Group gap={4} miw={96}>
          {segments.map((segment) => (
            <Badge key={segment} variant="light" tt="none" style={{ flexShrink: 0 }}>
              {segment}
            </Badge>
          ))}
        </Group>
      </Table.Td>
      <Table.Td>{ago(changedAtMs)}</Table.Td>
    </Table.Tr>
  );
}

import { Box, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { Person } from '../api.ts';
import { type ConsentRow, consentRows, preferenceLines } from './consent-rows.ts';
import { showTime } from './words.ts';

/** How consent came about, and what the person has stated that they want; nothing where nothing was said. */
export function Consent({ profile }: Pick<Person, 'profile'>) {
  const rows = consentRows(profile);
  const stated = preferenceLines(profile);
  if (rows.length === 0 && stated.length === 0) return null;
  return (
    <Paper withBorder p="md">
      <Title order={4} mb="sm">
        Consent and preferences
      </Title>
      <Stack gap={2} mb={stated.length === 0 ? 0 : 'sm'}>
        {stated.map(([label, value]) => (
          <Text key={label} size="sm">
            <Text span c="dimmed" size="sm">
              {label}:
            </Text>{' '}
            {value}
          </Text>
        ))}
      </Stack>
      {rows.length > 0 && <Changes rows={rows} />}
    </Paper>
  );
}

const columns = ['When', 'Channel', 'Purpose', 'Change', 'By', 'Event'] as const;

function Changes({ rows }: { readonly rows: readonly ConsentRow[] }) {
  return (
    <Box style={{ overflow: 'auto', maxHeight: 320 }}>
      <Table verticalSpacing={4} stickyHeader aria-label="Changes of consent">
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, atMs, channel, purpose, change, by, messageId }) => (
            <Table.Tr key={key}>
              <Table.Td className="number">{showTime(atMs)}</Table.Td>
              <Table.Td>{channel}</Table.Td>
              <Table.Td>{purpose}</Table.Td>
              <Table.Td>{change}</Table.Td>
              <Table.Td>{by}</Table.Td>
              <Table.Td>
                <Text size="xs" c="dimmed">
                  {messageId ?? 'not kept'}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

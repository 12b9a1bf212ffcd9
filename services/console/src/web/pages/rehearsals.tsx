import { Alert, Anchor, Button, Code, FileButton, Group, Paper, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { get, post } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { showNumber, showTime } from '../parts/words.ts';
import type { ListedRehearsal } from '../rehearsal-types.ts';

/** Reports of rehearsals, latest first, and a door for more. */
export function RehearsalsPage() {
  const answer = useQuery({
    queryKey: ['rehearsals'],
    queryFn: () => get<{ available: boolean; rehearsals: readonly ListedRehearsal[] }>('/rehearsals'),
    refetchInterval: 10_000,
  });
  const { available = true, rehearsals = [] } = answer.data ?? {};
  return (
    <Stack>
      <Group justify="space-between" align="flex-end">
        <div>
          <Title order={2}>Rehearsals</Title>
          <Text c="dimmed">
            Playbooks over events of the past: what would have been said, to whom, and what stood in the way.
          </Text>
        </div>
        {available && <HandIn />}
      </Group>
      <Problem message={answer.error?.message} />
      {!available && (
        <Alert color="orange">This console keeps no rehearsals: give it a folder in KAIROS_REHEARSALS_DIR.</Alert>
      )}
      {answer.isSuccess && available && rehearsals.length === 0 && (
        <Paper withBorder p="md">
          <Text>
            None yet. <Code>kairos simulate --playbook playbook --events log --console</Code> rehearses what is on the
            log and brings the report here.
          </Text>
        </Paper>
      )}
      {rehearsals.length > 0 && <List rehearsals={rehearsals} />}
    </Stack>
  );
}

/** A report that `kairos simulate --out` wrote, taken from a file. */
function HandIn() {
  const navigate = useNavigate();
  const [problem, setProblem] = useState<string | undefined>();
  const take = async (file: File | null): Promise<void> => {
    if (file === null) return;
    try {
      const { id } = await post<{ id: string }>('/rehearsals', JSON.parse(await file.text()));
      await navigate(`/rehearsals/${id}`);
    } catch (error) {
      setProblem(error instanceof SyntaxError ? `${file.name} is no JSON.` : String((error as Error).message));
    }
  };
  return (
    <div>
      <FileButton accept="application/json" onChange={(file) => void take(file)}>
        {(props) => (
          <Button variant="light" {...props}>
            Open a report
          </Button>
        )}
      </FileButton>
      {problem !== undefined && (
        <Text size="sm" c="red" maw={320}>
          {problem}
        </Text>
      )}
    </div>
  );
}

function List({ rehearsals }: { readonly rehearsals: readonly ListedRehearsal[] }) {
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={760}>
        <Table verticalSpacing="xs" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Rehearsal</Table.Th>
              <Table.Th>Made</Table.Th>
              <Table.Th ta="right">Events</Table.Th>
              <Table.Th ta="right">Messages</Table.Th>
              <Table.Th ta="right">Other fate under B</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rehearsals.map(({ id, name, madeAtMs, events, from, chosen, different }) => (
              <Table.Tr key={id} data-rehearsal={id}>
                <Table.Td>
                  <Anchor component={Link} to={`/rehearsals/${id}`} size="sm" fw={500}>
                    {name}
                  </Anchor>
                  <Text size="xs" c="dimmed">
                    {from}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <Text size="sm">{showTime(madeAtMs)}</Text>
                </Table.Td>
                <Table.Td ta="right" className="number">
                  {showNumber(events)}
                </Table.Td>
                <Table.Td ta="right" className="number">
                  {showNumber(chosen)}
                </Table.Td>
                <Table.Td ta="right" className="number">
                  {different === null ? '—' : showNumber(different)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

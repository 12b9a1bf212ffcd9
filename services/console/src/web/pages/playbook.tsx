import { Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get, type Playbook } from '../api.ts';
import { Problem } from '../parts/problem.tsx';

const kindOrder = [
  'Trigger',
  'ContactRule',
  'Message',
  'Segment',
  'Model',
  'ComputedTrait',
  'TrackingPlan',
  'Source',
  'Company',
];

export function PlaybookPage() {
  const answer = useQuery({
    queryKey: ['playbook'],
    queryFn: () => get<{ playbook: Playbook | null }>('/playbook'),
    refetchInterval: 5_000,
  });
  const playbook = answer.data?.playbook;
  const sorted = [...(playbook?.definitions ?? [])].sort(
    (a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || a.id.localeCompare(b.id),
  );
  return (
    <Stack>
      <div>
        <Title order={2}>Playbook</Title>
        <Text c="dimmed">
          {playbook == null
            ? 'None is live yet.'
            : `Version ${playbook.version.slice(0, 12)} is live, each rule as a sentence.`}
        </Text>
      </div>
      <Problem message={answer.error?.message} />
      {sorted.map((definition) => (
        <Paper key={`${definition.kind}/${definition.id}`} withBorder p="md">
          <Group justify="space-between">
            <Group gap={8}>
              <Badge variant="light" tt="none">
                {definition.kind}
              </Badge>
              <Text fw={600}>{definition.id}</Text>
            </Group>
            <Badge tt="none" color={definition.status === 'live' ? 'teal' : 'gray'}>
              {definition.status}
            </Badge>
          </Group>
          <Text mt={6}>{definition.sentence}</Text>
        </Paper>
      ))}
    </Stack>
  );
}

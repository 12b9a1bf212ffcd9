import { Anchor, Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { get, type Task } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { ago, showTime } from '../parts/words.ts';

export function TasksPage() {
  const tasks = useQuery({
    queryKey: ['tasks'],
    queryFn: () => get<{ tasks: readonly Task[] }>('/tasks'),
    refetchInterval: 3_000,
  });
  const list = tasks.data?.tasks ?? [];
  return (
    <Stack>
      <div>
        <Title order={2}>Work list</Title>
        <Text c="dimmed">What to do for whom, and why the customer would welcome it.</Text>
      </div>
      <Problem message={tasks.error?.message} />
      {tasks.isSuccess && list.length === 0 && <Text c="dimmed">Nothing to do.</Text>}
      {list.map((task) => (
        <Paper key={task.candidateId} withBorder p="md">
          <Group justify="space-between">
            <Text fw={600}>{task.title}</Text>
            <Badge tt="none" variant="light">
              {task.role}
            </Badge>
          </Group>
          <Text mt={6}>{task.action}</Text>
          {task.why !== '' && (
            <Text size="sm" className="why" mt={8}>
              {task.why}
            </Text>
          )}
          {task.avoid !== '' && (
            <Text size="sm" c="orange" mt={6}>
              Better not: {task.avoid}
            </Text>
          )}
          <Group mt={8} gap="md">
            <Anchor component={Link} size="sm" to={`/people/${encodeURIComponent(task.personId)}`}>
              {task.personId}
            </Anchor>
            <Text size="sm" c="dimmed">
              {ago(task.createdAtMs)}
              {task.untilMs > 0 ? `, until ${showTime(task.untilMs)}` : ''}
            </Text>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

import { Group, SegmentedControl, Stack, Text, TextInput, Title } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, type Task, type TaskOutcome } from '../api.ts';
import { Problem } from '../parts/problem.tsx';
import { TaskCard } from '../parts/task-card.tsx';
import { isOpen, stateOf } from '../parts/task-state.ts';

const views = [
  { value: 'open', label: 'Open' },
  { value: 'mine', label: 'Mine' },
  { value: 'over', label: 'Over' },
] as const;
type View = (typeof views)[number]['value'];

const NAME_LENGTH = 80;

export function TasksPage() {
  const [view, setView] = useState<View>('open');
  // There is one login for all: whoever works here says the name, and this browser remembers it.
  const [written, setWritten] = useLocalStorage({
    key: 'kairos-name',
    defaultValue: '',
    getInitialValueInEffect: false,
  });
  const me = written.trim();
  const tasks = useQuery({
    queryKey: ['tasks'],
    queryFn: () => get<{ tasks: readonly Task[]; outcomes: readonly TaskOutcome[] }>('/tasks'),
    refetchInterval: 3_000,
  });
  const shown = (tasks.data?.tasks ?? []).filter((task) => isIn(view, task, me));
  return (
    <Stack>
      <div>
        <Title order={2}>Work list</Title>
        <Text c="dimmed">What to do for whom, and why the customer would welcome it.</Text>
      </div>
      <Group justify="space-between" align="end">
        <TextInput
          label="You are"
          placeholder="Your name"
          maxLength={NAME_LENGTH}
          value={written}
          onChange={(event) => setWritten(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label="Which tasks"
          data={[...views]}
          value={view}
          onChange={(value) => setView(value as View)}
        />
      </Group>
      <Problem message={tasks.error?.message} />
      {tasks.isSuccess && shown.length === 0 && (
        <Text c="dimmed">Nothing {view === 'over' ? 'is over yet' : 'to do'}.</Text>
      )}
      {shown.map((task) => (
        <TaskCard key={task.candidateId} task={task} outcomes={tasks.data?.outcomes ?? []} me={me} />
      ))}
    </Stack>
  );
}

function isIn(view: View, task: Task, me: string): boolean {
  const state = stateOf(task, me, Date.now());
  if (view === 'mine') return state === 'mine' || (state === 'done' && task.doneBy === me);
  return isOpen(state) === (view === 'open');
}

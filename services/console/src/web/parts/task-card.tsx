import { Alert, Anchor, Badge, Button, Group, Paper, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { post, type Task, type TaskOutcome } from '../api.ts';
import { stateOf, type TaskState } from './task-state.ts';
import { ago, showTime } from './words.ts';

interface CardProps {
  readonly task: Task;
  readonly outcomes: readonly TaskOutcome[];
  /** Who works here; empty until they have said so. */
  readonly me: string;
}

/** A task: what to do and why, who has it, and the buttons that fit. */
export function TaskCard(props: CardProps) {
  const { task, me, outcomes } = props;
  const state = stateOf(task, me, Date.now());
  return (
    <Paper
      withBorder
      p="md"
      component="article"
      aria-label={task.title}
      data-task={task.candidateId}
      data-state={state}
    >
      <Group justify="space-between">
        <Text fw={600}>{task.title}</Text>
        <Group gap={6}>
          <StateBadge task={task} state={state} outcomes={outcomes} />
          <Badge tt="none" variant="light">
            {task.role}
          </Badge>
        </Group>
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
      <Steps {...props} state={state} />
    </Paper>
  );
}

function StateBadge({ task, state, outcomes }: { task: Task; state: TaskState; outcomes: readonly TaskOutcome[] }) {
  const said = outcomes.find(({ outcome }) => outcome === task.outcome)?.label ?? task.outcome;
  const looks: Readonly<Record<TaskState, readonly [colour: string, words: string] | null>> = {
    free: null,
    mine: ['teal', `yours since ${showTime(task.claimedAtMs ?? 0)}`],
    theirs: ['violet', `${task.claimedBy} has it since ${showTime(task.claimedAtMs ?? 0)}`],
    done: ['gray', `${said}, ${task.doneBy}, ${showTime(task.doneAtMs ?? 0)}`],
    withdrawn: ['gray', `taken back: ${task.withdrawnCode}`],
    late: ['gray', 'its time is over'],
  };
  const look = looks[state];
  if (look === null) return null;
  const [colour, words] = look;
  return (
    <Badge tt="none" color={colour} variant="light">
      {words}
    </Badge>
  );
}

type Step = { readonly step: 'claim' | 'release' | 'outcome'; readonly body: Readonly<Record<string, unknown>> };

function Steps({ task, state, outcomes, me }: CardProps & { readonly state: TaskState }) {
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: ({ step, body }: Step) =>
      post(`/tasks/${encodeURIComponent(task.candidateId)}/${step}`, { by: me, ...body }),
    // Refused or not: the list says who has it now.
    onSettled: () => queries.invalidateQueries({ queryKey: ['tasks'] }),
  });
  const button = (label: string, step: Step, more: { readonly title?: string; readonly variant?: string } = {}) => (
    <Button
      key={label}
      size="xs"
      variant={more.variant ?? 'light'}
      title={me === '' ? 'Say who you are first' : (more.title ?? label)}
      disabled={me === '' || act.isPending}
      onClick={() => act.mutate(step)}
    >
      {label}
    </Button>
  );
  return (
    <>
      <Group mt="sm" gap="xs">
        {state === 'free' && button('Claim', { step: 'claim', body: {} }, { variant: 'filled' })}
        {state === 'theirs' && button('Take over', { step: 'claim', body: { takeOver: true } }, { variant: 'default' })}
        {state === 'mine' &&
          outcomes.map(({ outcome, label, sentence }) =>
            button(label, { step: 'outcome', body: { outcome } }, { title: sentence }),
          )}
        {state === 'mine' && button('Give back', { step: 'release', body: {} }, { variant: 'subtle' })}
      </Group>
      {act.error !== null && (
        <Alert color="orange" mt="sm" p="xs" role="alert">
          {act.error.message}
        </Alert>
      )}
    </>
  );
}

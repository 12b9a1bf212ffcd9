import { KairosError, type TaskOutcome, taskEvents } from '@kairos/contracts';
import type { HomeEvent, StaffTask } from '../../ports.ts';

/** What somebody in the company wants to do with a task. */
export type TaskWish =
  | { readonly wish: 'claim'; readonly by: string /** From whoever has it. */; readonly takeOver: boolean }
  | { readonly wish: 'release'; readonly by: string }
  | { readonly wish: 'done'; readonly by: string; readonly outcome: TaskOutcome };

export interface TaskChange {
  readonly task: StaffTask;
  /** What comes home of it; null when the wish had been granted before. */
  readonly event: HomeEvent | null;
}

/**
 * Grants a wish, or says in a KairosError why not. The same wish a second time changes nothing and says nothing, so a
 * request may be repeated. An outcome is taken of a task that was withdrawn or ran out while somebody had it: the call
 * was made, and the person's story should know.
 */
export function grant(task: StaffTask, wish: TaskWish, nowMs: number): TaskChange {
  switch (wish.wish) {
    case 'claim':
      return claim(task, wish, nowMs);
    case 'release':
      return release(task, wish, nowMs);
    case 'done':
      return finish(task, wish, nowMs);
  }
}

function claim(task: StaffTask, { by, takeOver }: Extract<TaskWish, { wish: 'claim' }>, nowMs: number): TaskChange {
  refuseIfDone(task);
  if (task.claimedBy === by) return { task, event: null };
  refuseIfOver(task, nowMs);
  if (task.claimedBy !== null && !takeOver) throw taken(task);
  const claimed = { ...task, claimedBy: by, claimedAtMs: nowMs, claims: task.claims + 1 };
  const from = task.claimedBy === null ? {} : { from: task.claimedBy };
  return { task: claimed, event: eventOf(claimed, 'claimed', { atMs: nowMs, properties: { by, ...from } }) };
}

function release(task: StaffTask, { by }: Extract<TaskWish, { wish: 'release' }>, nowMs: number): TaskChange {
  refuseIfDone(task);
  if (task.claimedBy === null) return { task, event: null };
  if (task.claimedBy !== by) throw taken(task);
  const released = { ...task, claimedBy: null, claimedAtMs: null };
  return { task: released, event: eventOf(task, 'released', { atMs: nowMs, properties: { by } }) };
}

function finish(task: StaffTask, { by, outcome }: Extract<TaskWish, { wish: 'done' }>, nowMs: number): TaskChange {
  if (task.doneBy === by && task.outcome === outcome) return { task, event: null };
  refuseIfDone(task);
  if (task.claimedBy === null) refuseIfOver(task, nowMs);
  else if (task.claimedBy !== by) throw taken(task);
  const done = { ...task, outcome, doneBy: by, doneAtMs: nowMs };
  return { task: done, event: eventOf(done, 'done', { atMs: nowMs, properties: { by, outcome } }) };
}

/** A task is done once; each claim has its number: a repeat of the event takes effect once. */
function eventOf(
  { candidateId, claims }: StaffTask,
  what: keyof typeof taskEvents,
  { atMs, properties }: { readonly atMs: number; readonly properties: Readonly<Record<string, string>> },
): HomeEvent {
  const eventId = what === 'done' ? `${candidateId}-done` : `${candidateId}-${what}-${claims}`;
  return { eventId, name: taskEvents[what], candidateId, occurredAtMs: atMs, properties };
}

const taken = ({ claimedBy, claimedAtMs }: StaffTask): KairosError =>
  new KairosError('TASK_TAKEN', `${claimedBy} has had this task since ${timeOf(claimedAtMs)}.`, { field: 'by' });

function refuseIfDone({ doneBy, doneAtMs, outcome }: StaffTask): void {
  if (doneAtMs === null) return;
  throw new KairosError('TASK_CLOSED', `${doneBy} was done with this task at ${timeOf(doneAtMs)}: ${outcome}.`);
}

function refuseIfOver({ withdrawnCode, untilMs }: StaffTask, nowMs: number): void {
  if (withdrawnCode !== null) throw new KairosError('TASK_CLOSED', `This task was taken back (${withdrawnCode}).`);
  if (untilMs <= nowMs) throw new KairosError('TASK_CLOSED', `The time for this task ended at ${timeOf(untilMs)}.`);
}

const timeOf = (atMs: number | null): string => (atMs === null ? 'before' : new Date(atMs).toISOString());

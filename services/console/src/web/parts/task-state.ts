import type { Task } from '../api.ts';

/** Where a task stands for whoever looks: `free` and `mine` can be worked on, `theirs` somebody else has. */
export type TaskState = 'free' | 'mine' | 'theirs' | 'done' | 'withdrawn' | 'late';

/** A task that I have stays mine when it is taken back or its time is over: what came of the call can still be said. */
export function stateOf(task: Task, me: string, nowMs: number): TaskState {
  if (task.doneAtMs !== null) return 'done';
  if (task.claimedBy !== null && task.claimedBy === me) return 'mine';
  if (task.withdrawnCode !== null) return 'withdrawn';
  if (task.untilMs <= nowMs) return 'late';
  return task.claimedBy === null ? 'free' : 'theirs';
}

export const isOpen = (state: TaskState): boolean => state === 'free' || state === 'mine' || state === 'theirs';

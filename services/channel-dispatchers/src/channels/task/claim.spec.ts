import { describe, expect, it } from '@jest/globals';
import type { StaffTask } from '../../ports.ts';
import { grant, type TaskWish } from './claim.ts';

const NOW = Date.UTC(2026, 10, 21, 9);
const open: StaffTask = {
  candidateId: 'c-1',
  personId: 'user:42',
  messageId: 'call',
  triggerId: 'pricing-seen',
  role: 'sales',
  title: 'Call Ada',
  action: '',
  why: '',
  avoid: '',
  untilMs: NOW + 3_600_000,
  createdAtMs: NOW - 60_000,
  withdrawnCode: null,
  claimedBy: null,
  claimedAtMs: null,
  claims: 0,
  outcome: null,
  doneBy: null,
  doneAtMs: null,
};
const claim = (by: string, takeOver = false): TaskWish => ({ wish: 'claim', by, takeOver });
const done = (by: string): TaskWish => ({ wish: 'done', by, outcome: 'reached' });
const release = (by: string): TaskWish => ({ wish: 'release', by });
const after = (task: StaffTask, ...wishes: readonly TaskWish[]): StaffTask =>
  wishes.reduce((now, wish) => grant(now, wish, NOW).task, task);

describe('a task', () => {
  it('is claimed by one; the second is told who has it and since when, unless it is taken over', () => {
    const { task, event } = grant(open, claim('Ada'), NOW);
    expect(task).toMatchObject({ claimedBy: 'Ada', claimedAtMs: NOW });
    expect(event).toMatchObject({ eventId: 'c-1-claimed-1', name: 'Task Claimed', properties: { by: 'Ada' } });
    expect(() => grant(task, claim('Grace'), NOW)).toThrow('Ada has had this task since 2026-11-21T09:00:00.000Z.');
    expect(() => grant(task, done('Grace'), NOW)).toThrow('Ada has had');
    expect(() => grant(task, release('Grace'), NOW)).toThrow('Ada has had');
    expect(grant(task, claim('Grace', true), NOW)).toMatchObject({
      task: { claimedBy: 'Grace' },
      event: { eventId: 'c-1-claimed-2', properties: { by: 'Grace', from: 'Ada' } },
    });
  });

  it('says nothing twice: the same wish again changes nothing', () => {
    const claimed = after(open, claim('Ada'));
    expect(grant(claimed, claim('Ada'), NOW + 1)).toEqual({ task: claimed, event: null });
    const finished = after(claimed, done('Ada'));
    expect(grant(finished, done('Ada'), NOW + 1)).toEqual({ task: finished, event: null });
    expect(grant(open, release('Ada'), NOW)).toEqual({ task: open, event: null });
  });

  it('is given back by who has it, and every claim and release has an event of its own', () => {
    const ids: (string | undefined)[] = [];
    let task = open;
    for (const wish of [claim('Ada'), release('Ada'), claim('Ada'), release('Ada')]) {
      const granted = grant(task, wish, NOW);
      ids.push(granted.event?.eventId);
      task = granted.task;
    }
    expect(ids).toEqual(['c-1-claimed-1', 'c-1-released-1', 'c-1-claimed-2', 'c-1-released-2']);
    expect(task.claimedBy).toBeNull();
  });

  it('is done once, with what came of it', () => {
    const { task, event } = grant(open, done('Ada'), NOW);
    expect(task).toMatchObject({ outcome: 'reached', doneBy: 'Ada', doneAtMs: NOW });
    expect(event).toMatchObject({
      eventId: 'c-1-done',
      name: 'Task Done',
      properties: { by: 'Ada', outcome: 'reached' },
    });
    for (const wish of [done('Grace'), claim('Ada'), release('Ada'), { ...done('Ada'), outcome: 'done' as const }]) {
      expect(() => grant(task, wish, NOW)).toThrow(expect.objectContaining({ code: 'TASK_CLOSED' }));
    }
  });

  it.each([
    ['was taken back', { withdrawnCode: 'GOAL_REACHED' }],
    ['has run out', { untilMs: NOW }],
  ])('that %s cannot be begun; who had begun it still says what came of it', (_, over) => {
    for (const wish of [claim('Ada'), done('Ada')]) {
      expect(() => grant({ ...open, ...over }, wish, NOW)).toThrow(expect.objectContaining({ code: 'TASK_CLOSED' }));
    }
    expect(grant({ ...after(open, claim('Ada')), ...over }, done('Ada'), NOW).task.outcome).toBe('reached');
  });
});

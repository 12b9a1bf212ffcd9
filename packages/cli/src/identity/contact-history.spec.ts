import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CompiledPlaybook } from '@kairos/decisions';
import { foldRecorded, type MemoryRunner } from '@kairos/stream-kit';
import { decidingStages } from '../playbook/stages.ts';
import { cartRules, GRACE_MS, oneAWeek, WINDOW_MS } from './rules.fixture.ts';
import {
  browser,
  cart,
  chosen,
  DUE_MS,
  decisions,
  fired,
  houseNow,
  later,
  open,
  PARTITIONS,
  profile,
  send,
} from './whole-house.fixture.ts';

beforeEach(() => open());

describe('arbitration', () => {
  it('counts what the old person got under the user’s cap', () => {
    open(cartRules([oneAWeek]));
    send('Product Added', browser('a'), cart('c1'));
    later(DUE_MS);
    expect(chosen()).toEqual(['anon:a']);
    send('Product Added', browser('a', 'ada'), cart('c2'));
    later(DUE_MS);
    expect(chosen()).toEqual(['anon:a']);
    expect(decisions().at(-1)).toMatchObject({ personId: 'user:ada', fate: 'dropped', code: 'CAP_REACHED' });
  });

  it('drops what waited for the old person and weighs it anew for the user, once', () => {
    send('Product Added', browser('a'), cart('c1'));
    // Fired, and in the collection window.
    later(WINDOW_MS + GRACE_MS);
    expect([fired(), chosen()]).toEqual([['anon:a'], []]);
    send('Identified', browser('a', 'ada'));
    expect(houseNow().state('arbitration', 'anon:a')).toBeUndefined();
    later(10_000);
    expect(chosen()).toEqual(['user:ada']);
    expect(decisions().map(({ personId, fate, code, number }) => [personId, fate, code, number])).toEqual([
      ['anon:a', 'deferred', 'MOVED', 1],
      ['user:ada', 'chosen', null, 2],
    ]);
    expect(new Set(decisions().map(({ candidateId }) => candidateId)).size).toBe(1);
  });

  it('a withdrawal finds what was handed over', () => {
    send('Product Added', browser('a'), cart('c1'));
    later(WINDOW_MS + GRACE_MS);
    send('Order Completed', { userId: 'ada' });
    send('Identified', browser('a', 'ada'));
    later(10_000);
    expect(chosen()).toEqual([]);
    expect(decisions().at(-1)).toMatchObject({ personId: 'user:ada', fate: 'withdrawn', code: 'EXITED' });
  });
});

describe('the recorded door', () => {
  it('folded again offline leads to the same firings and decisions', () => {
    send('Product Added', browser('a'), cart('c1'));
    send('Product Added', browser('b'), cart('c2'));
    later(WINDOW_MS + GRACE_MS);
    send('Identified', browser('a', 'ada'));
    send('Order Completed', { userId: 'ada' }, cart('c1'));
    send('Identified', browser('b', 'ada'));
    later(DUE_MS);
    const playbook = cartRules();
    const fold = foldRecorded({
      partitions: PARTITIONS,
      processors: decidingStages,
      recorded: houseNow().records('events.identified'),
      playbooks: houseNow()
        .records('playbook.published')
        .map(({ offset }) => ({ offset, playbook })),
    });
    const ids = (runner: MemoryRunner<CompiledPlaybook>) => ({
      fired: runner.records('triggers.detected').map(({ value }) => value.firingId),
      decided: runner.records('messages.decided').map(({ value }) => `${value.decisionId} ${value.fate}`),
      withdrawn: runner.records('messages.chosen').map(({ value }) => value.withdrawal?.candidateId),
    });
    expect(ids(houseNow()).decided.length).toBeGreaterThan(2);
    expect(ids(fold)).toEqual(ids(houseNow()));
  });

  it('survives a restart of every task from its encoded state, in mid-story', () => {
    send('Product Added', browser('a'), cart('c1'));
    houseNow().restart();
    send('Identified', browser('a', 'ada'));
    houseNow().restart();
    later(DUE_MS);
    houseNow().restart();
    expect(chosen()).toEqual(['user:ada']);
    expect(profile('user:ada')?.eventCount).toBe(2);
  });
});

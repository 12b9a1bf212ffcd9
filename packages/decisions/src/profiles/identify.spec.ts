import { describe, expect, it } from '@jest/globals';
import { type IdentityState, identify } from './identify.ts';
import { eventFrom, T0 } from './profile.fixture.ts';

const DAY = 86_400_000;

/** Folds events of one source key, in the order of the log. */
function fold(ownId: string, steps: readonly [Parameters<typeof eventFrom>[0], number?][]) {
  let state: IdentityState | undefined;
  const outcomes = steps.map(([fields, loggedAtMs = T0]) => {
    const outcome = identify(state, eventFrom(fields), { personId: ownId, loggedAtMs });
    state = outcome.state;
    return outcome.kind !== 'identified' ? outcome.kind : [outcome.event.personId, outcome.event.linkedFrom];
  });
  return { outcomes, state };
}

describe('identify', () => {
  it('a browser is anonymous until it says who it is; from there on its events go to the user', () => {
    const { outcomes } = fold('anon:A', [
      [{ anonymousId: 'A' }],
      [{ anonymousId: 'A', userId: 'U' }],
      [{ anonymousId: 'A' }],
    ]);
    expect(outcomes).toEqual([
      ['anon:A', null],
      ['user:U', 'anon:A'],
      ['user:U', null],
    ]);
  });

  it('the pointer is written once; logging in as somebody else changes only the route', () => {
    const { outcomes, state } = fold('anon:A', [
      [{ anonymousId: 'A', userId: 'U' }],
      [{ anonymousId: 'A', userId: 'V' }],
      [{ anonymousId: 'A' }],
    ]);
    expect(outcomes).toEqual([
      ['user:U', 'anon:A'],
      ['user:V', null],
      ['user:V', null],
    ]);
    expect(state).toMatchObject({ link: 'user:U', route: 'user:V' });
  });

  it('an alias links as a login does, repeats what was linked, and contradicts nothing', () => {
    const alias = { type: 'alias', anonymousId: 'A' } as const;
    const { outcomes, state } = fold('anon:A', [
      [{ ...alias, userId: 'U' }],
      [{ ...alias, userId: 'U' }],
      [{ ...alias, userId: 'V', messageId: 'm' }],
      [{ anonymousId: 'A' }],
      [{ ...alias, userId: 'V', messageId: 'm' }],
    ]);
    expect(outcomes).toEqual([['user:U', 'anon:A'], ['user:U', null], 'contradiction', ['user:U', null], 'repeat']);
    expect(state).toMatchObject({ link: 'user:U', route: 'user:U' });
  });

  it('a server that names only the user needs no link', () => {
    const { outcomes, state } = fold('user:U', [[{ userId: 'U' }]]);
    expect(outcomes).toEqual([['user:U', null]]);
    expect(state).toMatchObject({ link: null, route: null });
  });

  it('a message id that comes again takes no effect, a login included', () => {
    const { outcomes, state } = fold('anon:A', [
      [{ anonymousId: 'A', messageId: 'm' }],
      [{ anonymousId: 'A', userId: 'U', messageId: 'm' }],
    ]);
    expect(outcomes).toEqual([['anon:A', null], 'repeat']);
    expect(state?.link).toBeNull();
  });

  it('remembers ids for 7 days of log time, at least the last 512 however old, and at most 4096', () => {
    const steps = (count: number, stepMs: number): [object, number][] =>
      Array.from({ length: count }, (_, index) => [{ anonymousId: 'A', messageId: `m${index}` }, T0 + index * stepMs]);
    const old = fold('anon:A', steps(600, DAY)).state?.recent;
    expect([old?.length, [...(old ?? [])][0]?.[0]]).toEqual([512, 'm88']);
    const busy = fold('anon:A', steps(700, 60_000)).state?.recent;
    expect(busy).toHaveLength(700);
    const flood = fold('anon:A', steps(4_200, 1)).state?.recent;
    expect([flood?.length, [...(flood ?? [])].at(-1)?.[0]]).toEqual([4096, 'm4199']);
  });
});

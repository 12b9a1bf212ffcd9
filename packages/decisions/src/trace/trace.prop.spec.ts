import { expect, it } from '@jest/globals';
import { type EnrichedEvent, enrichedRecord } from '@kairos/contracts';
import fc from 'fast-check';
import type { CompiledPlaybook } from '../compile-types.ts';
import { detect, detectDueAtMs, detectTime } from '../journeys/detect.ts';
import { bookOf } from '../journeys/journey.fixture.ts';
import type { DetectState } from '../triggers/detect-state.ts';
import { eventOf, HOUR, MINUTE, T0 } from '../triggers/detector.fixture.ts';
import { TriggerStates } from '../triggers/trigger-states.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { type FollowStep, followedPending, followRecord, followTime, NOBODY_YET } from './follow.ts';
import { closedBy } from './gates.ts';
import { ringsAtMs } from './pending.ts';
import { definitions, happenings, type Told } from './trace.fixture.ts';

function happening(told: Told, at: number, wasVip: boolean): EnrichedEvent {
  const { name, minute, lateMinutes, total, cart, orderCount, plan, isVip, backfill } = told;
  const loggedAtMs = T0 + minute * MINUTE;
  return eventOf({
    id: `m${at}`,
    name,
    atMs: loggedAtMs - lateMinutes * MINUTE,
    loggedAtMs,
    properties: {
      ...(total === null ? {} : { total }),
      ...(cart === null ? {} : { cart_id: cart }),
      ends: '2026-06-04',
    },
    profile: { orderCount, traits: plan === null ? {} : { plan } },
    segments: isVip ? ['vip'] : [],
    entered: isVip && !wasVip ? ['vip'] : [],
    left: wasVip && !isVip ? ['vip'] : [],
    backfill,
  });
}

const detectedBy = (facts: readonly Fact[]) =>
  facts.flatMap((fact) => (fact.kind === 'detected' && fact.detected.journey === null ? [fact.detected] : []));

/** The gates were asked apart from the detector; they must say what it did, and of nothing else. */
function agrees({ entry, facts }: FollowStep, playbook: CompiledPlaybook): void {
  const looks = entry?.looks ?? [];
  const said = looks.flatMap(({ triggerId, outcomes }) =>
    outcomes
      .filter(({ outcome }) => outcome === 'fired' || outcome === 'notStarted')
      .map(({ key, outcome, code }) => `${triggerId} ${key} ${outcome} ${code}`),
  );
  const happened = detectedBy(facts).map((one) => `${one.triggerId} ${one.instanceKey} ${one.outcome} ${one.code}`);
  // A look gathers what became of one trigger; the detector tells of all in the order in which they were due.
  expect(said.sort()).toEqual(happened.sort());
  for (const { triggerId, outcomes, roles, verdict } of looks) {
    if (playbook.pausedTriggers.has(triggerId)) continue;
    expect(verdict === 'noMatch').toBe(roles.length > 0 && !roles.some(({ holds }) => holds));
    for (const { holds, where, why } of roles) if (!holds && where !== null) expect(why.length).toBeGreaterThan(0);
    for (const { outcome, code, gates } of outcomes) {
      const closed = closedBy(gates);
      if (outcome === 'fired' || outcome === 'waits') expect(closed).toBe(null);
      if (outcome === 'notStarted') expect(closed).toBe(code);
      if (outcome === 'unchanged' && gates.length > 0) expect(['EXITED', null]).toContain(closed);
      for (const { passed, why } of gates) expect(why.length > 0).toBe(!passed);
    }
  }
}

it('never disagrees with the detector, whatever the triggers and whatever happens', () => {
  let fired = 0;
  const codes = new Set<string>();
  const note = (facts: readonly Fact[]): void => {
    for (const { outcome, code } of detectedBy(facts)) {
      if (outcome === 'fired') fired += 1;
      if (code !== null) codes.add(code);
    }
  };
  fc.assert(
    fc.property(definitions, happenings, (list, told) => {
      const playbook = bookOf(list);
      let state: DetectState | undefined;
      let followed = NOBODY_YET;
      let timeMs = T0 - 1;
      let wasVip = false;
      const at = () => ({ playbook, timeMs, traceparent: null });
      const passes = (toMs: number): void => {
        timeMs = Math.max(timeMs, toMs);
        const due = state === undefined ? undefined : detectDueAtMs(state);
        const was = state !== undefined && due !== undefined && due <= timeMs;
        const found = was ? detectTime(state as DetectState, 'user:1', at()) : { state, facts: [] };
        const step = followTime(followed, 'user:1', at());
        expect(step.facts).toEqual(found.facts);
        expect(step.followed.state).toEqual(found.state);
        agrees(step, playbook);
        note(step.facts);
        [state, followed] = [found.state, step.followed];
      };
      for (const [index, one] of told.entries()) {
        if (one.isTick) {
          passes(T0 + one.minute * MINUTE);
          continue;
        }
        const event = happening(one, index, wasVip);
        wasVip = one.isVip;
        const found = detect(state, event, at());
        const step = followRecord(followed, enrichedRecord({ event }), at());
        expect(step.facts).toEqual(found.facts);
        expect(step.followed.state).toEqual(found.state);
        agrees(step, playbook);
        const looked = step.entry?.looks.length ?? 0;
        expect(looked + (step.entry?.notConcerned ?? 0)).toBe(playbook.triggers.size + playbook.pausedTriggers.size);
        for (const look of step.entry?.looks ?? []) {
          if (look.verdict !== 'noMatch') continue;
          const before = JSON.stringify(TriggerStates.of(followed.state?.triggers).get(look.triggerId));
          expect(JSON.stringify(TriggerStates.of(found.state?.triggers).get(look.triggerId))).toBe(before);
        }
        note(step.facts);
        [state, followed] = [found.state, step.followed];
      }
      passes(T0 + 50 * HOUR);
      // What is shown as waiting is what time finds to do.
      const due = state === undefined ? undefined : detectDueAtMs(state);
      for (const one of followedPending(followed, playbook)) expect(ringsAtMs(one)).toBeGreaterThanOrEqual(due ?? 0);
    }),
    { numRuns: 1_000 },
  );
  // The law says something only where something happens.
  expect(fired).toBeGreaterThan(200);
  const usual = ['BACKFILL', 'BLOCKED', 'EVENT_TOO_OLD', 'NOT_IN_AUDIENCE', 'OUTSIDE_SCHEDULE', 'REENTRY_WAIT'];
  expect([...codes]).toEqual(expect.arrayContaining([...usual, 'TRIGGER_PAUSED']));
});

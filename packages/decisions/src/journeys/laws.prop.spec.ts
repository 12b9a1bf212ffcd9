import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JourneyStep } from '../definitions.ts';
import { DAY, HOUR, MINUTE, T0 } from '../triggers/detector.fixture.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { countSteps, depthOf } from './compile-steps.ts';
import { begun, bookOf, clicked, journeyOf, send, Traveller, tripOf, wait, waitFor } from './journey.fixture.ts';
import { anySteps, happenings, logged, messages, minutes } from './laws.fixture.ts';
import { type Entry, SlowWalk } from './slow-walk.fixture.ts';

const names = { did: 'Did', stop: 'Stopped', goal: 'Bought', click: 'Email Link Clicked' } as const;

function tell(ada: Traveller, entry: Entry): readonly Fact[] {
  const id = `${entry.kind}-${entry.atMs}-${logged(entry)}`;
  switch (entry.kind) {
    case 'tick':
      return ada.reaches(entry.atMs);
    case 'accept':
      return ada.hears(ada.candidate(entry.message), 'accepted', { atMs: entry.loggedAtMs });
    case 'drop':
      return ada.hears(ada.candidate(entry.message), 'dropped', { atMs: entry.loggedAtMs });
    case 'click': {
      const { atMs, loggedAtMs, message } = entry;
      return ada.sees({ name: names.click, id, atMs, loggedAtMs, about: ada.candidate(message) });
    }
    default:
      return ada.sees({ name: names[entry.kind], id, atMs: entry.atMs, loggedAtMs: entry.loggedAtMs });
  }
}

const begin = (ada: Traveller): void => {
  ada.sees({ name: 'Begun', id: 'b1', atMs: T0 });
};

/** In the words of the slow walk. */
function saidBy(ada: Traveller): readonly string[] {
  const message = (candidateId: string) => ada.proposals.find((one) => one.candidateId === candidateId)?.messageId;
  return ada.facts.flatMap((fact) => {
    if (fact.kind === 'proposed') return [`sent ${fact.proposal.messageId}`];
    if (fact.kind === 'withdrawn') return [`back ${message(fact.withdrawal.candidateId)}`];
    if (fact.kind !== 'detected' || fact.detected.outcome !== 'journeyExited') return [];
    return [fact.detected.code === null ? 'end' : `exit ${fact.detected.code}`];
  });
}

/** The feedback of a decision is told in the order of the log, so its own time is its log time. */
const asHeard = (entry: Entry): Entry =>
  entry.kind === 'drop' || entry.kind === 'accept' ? { ...entry, atMs: entry.loggedAtMs } : entry;

describe('laws of journeys', () => {
  it('any journey, whatever happens in whatever order, goes as one who reads it line by line', () => {
    fc.assert(
      fc.property(anySteps, happenings, (steps, entries) => {
        const ada = new Traveller(tripOf(steps));
        begin(ada);
        const slow = new SlowWalk(steps, T0);
        for (const entry of entries) {
          tell(ada, entry);
          slow.meets(asHeard(entry));
        }
        expect(saidBy(ada)).toEqual(slow.said);
      }),
      { numRuns: 1_500 },
    );
  });

  it('no step is taken twice, nothing is proposed after the end, nothing is taken back past its expiry or twice', () => {
    fc.assert(
      fc.property(anySteps, happenings, (steps, entries) => {
        const ada = new Traveller(tripOf(steps));
        begin(ada);
        let hasEnded = ada.story.some((one) => one.startsWith('Exited'));
        for (const entry of entries) {
          const before = ada.proposals.length;
          tell(ada, entry);
          if (hasEnded) expect(ada.proposals).toHaveLength(before);
          hasEnded ||= ada.story.some((one) => one.startsWith('Exited'));
        }
        const ids = ada.journeyFacts.map(({ firingId }) => firingId);
        expect(new Set(ids).size).toBe(ids.length);
        const candidates = ada.proposals.map(({ candidateId }) => candidateId);
        expect(new Set(candidates).size).toBe(candidates.length);
        for (const { proposedAtMs, expiresAtMs } of ada.proposals) expect(expiresAtMs - proposedAtMs).toBe(6 * HOUR);
        const back = ada.withdrawals.map(({ candidateId }) => candidateId);
        expect(new Set(back).size).toBe(back.length);
        for (const { candidateId, atMs } of ada.withdrawals) {
          const proposal = ada.proposals.find((one) => one.candidateId === candidateId);
          expect(atMs).toBeLessThan(proposal?.expiresAtMs ?? 0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('every instance ends, and then nothing of it is remembered', () => {
    fc.assert(
      fc.property(anySteps, happenings, (steps, entries) => {
        const ada = new Traveller(tripOf(steps));
        begin(ada);
        for (const entry of entries) tell(ada, entry);
        // As many rounds as there can be waits, each longer than any of them.
        for (let round = 1; round <= countSteps(steps) + 1; round += 1) ada.reaches(T0 + round * 3 * DAY);
        expect(ada.state?.journeys).toBeUndefined();
        expect(ada.story.filter((one) => one.startsWith('Exited'))).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('in whatever order outcomes and time arrive, no step is lost: each of the outermost is reached once', () => {
    const outermost = fc.array(
      fc.oneof(
        messages.map((message) => send(message)),
        minutes.map(wait),
        fc
          .tuple(messages, minutes, messages)
          .map(([of, atMostMs, other]) => waitFor([clicked(of)], atMostMs, [send(other), wait(MINUTE)])),
      ),
      { minLength: 1, maxLength: 8 },
    );
    const quiet = happenings.map((list) => list.filter(({ kind }) => kind !== 'stop' && kind !== 'goal'));
    fc.assert(
      fc.property(outermost, quiet, (steps, entries) => {
        const ada = new Traveller(tripOf(steps));
        begin(ada);
        for (const entry of entries) tell(ada, entry);
        for (let round = 1; round <= 3 * steps.length + 1; round += 1) ada.reaches(T0 + round * 3 * DAY);
        const reached = ada.journeyFacts.map(({ journey }) => journey?.step);
        steps.forEach((_, at) => {
          expect(reached).toContain(`steps[${at}]`);
        });
        expect(ada.story.at(-1)).toBe('Exited');
      }),
      { numRuns: 1_000 },
    );
  });

  it('a replay of any prefix tells the same, and goes on as if it had not been interrupted', () => {
    fc.assert(
      fc.property(anySteps, happenings, fc.nat(16), (steps, entries, cut) => {
        const whole = new Traveller(tripOf(steps));
        begin(whole);
        for (const entry of entries) tell(whole, entry);
        const first = new Traveller(tripOf(steps));
        begin(first);
        for (const entry of entries.slice(0, cut)) tell(first, entry);
        expect(whole.facts.slice(0, first.facts.length).map(idOf)).toEqual(first.facts.map(idOf));
        // Compiled anew, as by another process.
        first.playbook = tripOf(structuredClone(steps));
        for (const entry of entries.slice(cut)) tell(first, entry);
        expect(first.facts.map(idOf)).toEqual(whole.facts.map(idOf));
        expect(first.state).toEqual(whole.state);
      }),
      { numRuns: 1_000 },
    );
  });

  it('what is published on the way changes only who enters after it', () => {
    fc.assert(
      fc.property(anySteps, anySteps, happenings, fc.nat(16), (steps, others, entries, cut) => {
        const old = [begun, journeyOf(steps)];
        const stays = new Traveller(bookOf(old));
        const changes = new Traveller(bookOf(old));
        const next = [{ ...begun, version: '2', cancelOn: [], goal: null }, journeyOf(others, { version: 'j2' })];
        begin(stays);
        begin(changes);
        entries.forEach((entry, at) => {
          if (at === cut)
            changes.playbook = bookOf(
              next.map((one) => structuredClone(one)),
              old,
            );
          tell(stays, entry);
          tell(changes, entry);
        });
        expect(changes.facts.map(idOf)).toEqual(stays.facts.map(idOf));
        expect(changes.state?.journeys).toEqual(stays.state?.journeys);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a split sends a person the same way each time, whatever else is in the journey, and all by their shares', () => {
    const way = (personId: string, percent: number, ahead: readonly JourneyStep[]) => {
      const ways = [
        { name: 'a', percent, steps: [send('a')] },
        { name: 'b', percent: 100 - percent, steps: [send('b')] },
      ];
      const ada = new Traveller(tripOf([...ahead, { does: 'split', id: 'test', ways }]), personId);
      begin(ada);
      return ada.sent.at(-1);
    };
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 99 }), (personId, percent) => {
        const first = way(personId, percent, []);
        expect(way(personId, percent, [send('before')])).toBe(first);
        // A larger share keeps everybody who was in it.
        if (first === 'a') expect(way(personId, 100, [])).toBe('a');
      }),
      { numRuns: 1_000 },
    );
    const drawn = Array.from({ length: 2_000 }, (_, n) => way(`user:${n}`, 30, []));
    expect(drawn.filter((one) => one === 'a').length / drawn.length).toBeCloseTo(0.3, 1);
  });

  it('the flat program only ever leads forward, and holds each step once', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        fc.pre(depthOf(steps) <= 8);
        const program = tripOf(steps).journeys.startedBy.get('it')?.[0]?.program ?? [];
        expect(program).toHaveLength(countSteps(steps));
        expect(new Set(program.map(({ path }) => path)).size).toBe(program.length);
        program.forEach((step, at) => {
          const ways = [
            step.next,
            ...(step.does === 'branch' ? [step.otherwise, ...step.branches.map(({ to }) => to)] : []),
            ...(step.does === 'waitFor' ? [step.otherwise] : []),
          ];
          for (const to of ways) {
            expect(to).toBeGreaterThan(at);
            expect(to).toBeLessThanOrEqual(program.length);
          }
        });
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What a fact is about, without the playbook that decided. */
const idOf = (fact: Fact): string => {
  switch (fact.kind) {
    case 'detected':
      return `${fact.detected.outcome} ${fact.detected.firingId} ${fact.detected.detectedAtMs}`;
    case 'proposed':
      return `proposed ${fact.proposal.candidateId} ${fact.proposal.proposedAtMs}`;
    case 'withdrawn':
      return `withdrawn ${fact.withdrawal.candidateId} ${fact.withdrawal.atMs}`;
    case 'set':
      return `set ${fact.set.messageId}`;
  }
};

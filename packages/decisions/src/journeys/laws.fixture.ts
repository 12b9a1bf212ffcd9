import fc from 'fast-check';
import type { JourneyStep } from '../definitions.ts';
import { MINUTE, T0 } from '../triggers/detector.fixture.ts';
import { clicked, did, exitStep, send, wait, waitFor } from './journey.fixture.ts';
import type { Entry } from './slow-walk.fixture.ts';

export const messages = fc.constantFrom('m0', 'm1', 'm2');
export const minutes = fc.integer({ min: 1, max: 600 }).map((count) => count * MINUTE);
const dropped = (message: string) => ({ kind: 'outcome', message, outcome: 'dropped' }) as const;

const written = fc.letrec<{ steps: JourneyStep[]; step: JourneyStep }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 4, depthIdentifier: 'step' }),
  step: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'step' },
    messages.map((message) => send(message)),
    minutes.map(wait),
    fc.constant(exitStep),
    fc
      .tuple(
        fc.array(fc.oneof(messages.map(clicked), messages.map(dropped), fc.constant(did('Did'))), {
          minLength: 1,
          maxLength: 2,
        }),
        minutes,
        tie('steps'),
      )
      .map(([anyOf, atMostMs, otherwise]) => waitFor(anyOf, atMostMs, otherwise)),
    fc.tuple(messages, fc.constantFrom('clicked', 'accepted', 'dropped'), tie('steps'), tie('steps')).map(
      ([message, outcome, inner, otherwise]): JourneyStep => ({
        does: 'branch',
        branches: [{ if: `sends["${message}"] == "${outcome}"`, steps: inner }],
        otherwise,
      }),
    ),
  ),
}));

/** Any journey that can be written, a few levels deep. */
export const anySteps = written.steps;

/** Anything that may happen, in the order of the log; some of it is late. */
export const happenings: fc.Arbitrary<readonly Entry[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('tick', 'tick', 'click', 'click', 'drop', 'accept', 'did', 'stop', 'goal' as const),
      message: messages,
      minute: fc.integer({ min: -30, max: 2_000 }),
      late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
    }),
    { maxLength: 16 },
  )
  .map((list) =>
    list
      .map(({ kind, message, minute, late }): Entry => {
        const atMs = T0 + minute * MINUTE;
        const loggedAtMs = Math.max(atMs + late * MINUTE, T0 + 1);
        if (kind === 'tick') return { kind, atMs: loggedAtMs };
        return kind === 'did' || kind === 'stop' || kind === 'goal'
          ? { kind, atMs, loggedAtMs }
          : { kind, message, atMs, loggedAtMs };
      })
      .sort((a, b) => logged(a) - logged(b)),
  );

export const logged = (entry: Entry): number => (entry.kind === 'tick' ? entry.atMs : entry.loggedAtMs);

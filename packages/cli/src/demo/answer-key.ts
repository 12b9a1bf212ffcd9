import type { MessageDecided } from '@kairos/contracts';
import { isNight } from '../shop/people.ts';
import type { Expectation, Story } from '../shop/stories.ts';
import type { RunFacts } from './facts.ts';

/** One moment as the script tells it: who, which trigger, and what becomes of it. */
export interface KeyRow {
  readonly personId: string;
  readonly story: string;
  readonly trigger: string;
  /** `sent` covers the control group: it is a person who would have got the message. */
  readonly outcome: 'sent' | 'BLOCKED' | 'CAP_REACHED' | 'QUIET_HOURS';
}

/** The answer key, from the script alone: nothing of what decides in Kairos is asked. */
export function answerKey(stories: readonly Story[], startedAtMs: number): KeyRow[] {
  return stories.flatMap((story) =>
    story.expectations
      .filter((expectation) => expectation.fires)
      .map((expectation) => ({
        personId: `user:${story.person.userId}`,
        story: story.kind,
        trigger: expectation.trigger,
        outcome: outcomeOf(expectation, startedAtMs + expectation.atMs, story.person.zone),
      })),
  );
}

const marketing: ReadonlySet<Expectation['trigger']> = new Set(['cart-left', 'browse-left']);

function outcomeOf(expectation: Expectation, atMs: number, zone: string): KeyRow['outcome'] {
  if (expectation.fate === 'BLOCKED') return 'BLOCKED';
  // At night nothing is sent, so no cap fills up either.
  if (marketing.has(expectation.trigger) && isNight(atMs, zone)) return 'QUIET_HOURS';
  return expectation.fate === 'send' ? 'sent' : expectation.fate;
}

/** What the house did, in the key's words. */
function actualRows(facts: RunFacts): string[] {
  return [...facts.fired].map((firing) => {
    const decision = [...facts.finalDecisions.values()].find((one) => one.firingId === firing.firingId);
    const isSent = decision?.fate === 'chosen' || decision?.code === 'HOLDOUT' || isWithdrawnLate(decision?.fate);
    return rowText({
      personId: firing.personId,
      trigger: firing.triggerId,
      outcome: isSent ? 'sent' : codeOf(decision),
    });
  });
}

/** Two of a person's carts may be judged in one round; the one over the cap is then said to be outranked under that cap. */
function codeOf(decision: MessageDecided | undefined): string {
  if (decision === undefined) return 'undecided';
  const { rule } = JSON.parse(decision.numbers) as { rule?: string };
  return decision.code === 'OUTRANKED' && rule !== undefined ? 'CAP_REACHED' : (decision.code ?? 'undecided');
}

/** A reminder that was chosen and then withdrawn because the order came: it had been sent by the script's reckoning. */
const isWithdrawnLate = (fate: string | undefined): boolean => fate === 'withdrawn';

const rowText = (row: { personId: string; trigger: string; outcome: string }): string =>
  `${row.personId} ${row.trigger} ${row.outcome}`;

/** Differences between key and house, as sentences; none when they are equal. */
export function compareWithKey(key: readonly KeyRow[], facts: RunFacts): string[] {
  const left = new Map<string, number>();
  for (const row of actualRows(facts)) left.set(row, (left.get(row) ?? 0) + 1);
  const differences: string[] = [];
  for (const row of key) {
    const text = rowText(row);
    const n = left.get(text) ?? 0;
    if (n > 0) left.set(text, n - 1);
    else differences.push(`expected, and did not happen: ${text} (${row.story})`);
  }
  for (const [text, n] of left) if (n > 0) differences.push(`happened ${n} times, and was not expected: ${text}`);
  return differences.sort();
}

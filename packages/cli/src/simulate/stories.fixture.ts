import type { CollectedEvent } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook } from '@kairos/decisions';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import fc from 'fast-check';
import { readPlaybookFiles, starterFolder } from '../house/publish.ts';
import { collected, T0 } from '../identity/rules.fixture.ts';
import { instantChannel } from '../playbook/instant-channel.ts';
import { decidingStages, identifyStages } from '../playbook/stages.ts';

const parsed = parsePlaybook(await readPlaybookFiles(starterFolder));
/** Drafts, too: the more there is to decide, the more there is to agree on. */
export const definitions = parsed.definitions.map((one) => ({ ...one, status: 'live' as const }));
export const published = toPublished(definitions, { offset: 0, timeScale: 1 });
const playbook = compilePlaybook(published);

const HOUR_MS = 3_600_000;
const events = ['Product Added', 'Order Completed', 'Complaint Opened', 'Product Viewed', 'Survey Answered'] as const;

export const ops = fc.array(
  fc.record({
    event: fc.constantFrom(...events),
    who: fc.nat({ max: 3 }),
    /** As whom the browser signs in; 0 = it does not. */
    user: fc.nat({ max: 2 }),
    laterMs: fc.constantFrom(0, 300, 40_000, HOUR_MS, 30 * HOUR_MS, 20 * 24 * HOUR_MS),
  }),
  { minLength: 3, maxLength: 18 },
);

export type Op = { event: string; who: number; user: number; laterMs: number };

const eventOf = ({ event, who, user }: Op, number: number, atMs: number) =>
  collected(
    {
      messageId: `m${number}`,
      name: event,
      anonymousId: `a${who}`,
      userId: user === 0 ? null : `u${user}`,
      source: 'server',
      traits: user === 0 ? '{}' : JSON.stringify({ email: `u${user}@shop.test`, birthday: '1990-06-05' }),
      properties: JSON.stringify({ cart_id: `c${number % 2}`, total: 120, score: 1 + (number % 5) }),
    },
    atMs,
  );

/** What both runners are to be told. */
interface Runner {
  readonly nowMs: number;
  publish(version: string, book: CompiledPlaybook): void;
  append(topic: 'events.collected', key: string, value: CollectedEvent): void;
  advanceTo(ms: number): void;
}

export function play(runner: Runner, list: readonly Op[]): void {
  runner.publish(published.version, playbook);
  list.forEach((op, number) => {
    runner.advanceTo(runner.nowMs + op.laterMs);
    runner.append('events.collected', `a${op.who}`, eventOf(op, number, runner.nowMs));
  });
  runner.advanceTo(runner.nowMs + 400 * 24 * HOUR_MS);
}

export const partsOf = (partitions: number, runner: () => { readonly nowMs: number }) => ({
  partitions,
  startMs: T0,
  processors: [...identifyStages(partitions), ...decidingStages],
  sinks: [instantChannel(() => runner().nowMs)],
  onError: () => undefined,
});

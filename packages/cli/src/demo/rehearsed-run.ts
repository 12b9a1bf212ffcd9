import { type CollectedEvent, factsOf, type MessageDecided, type TriggerDetected } from '@kairos/contracts';
import { parseObject } from '@kairos/decisions';
import { CliError } from '../exit.ts';
import type { OpenLog } from '../house/log.ts';
import { readActivations } from '../replay/playbooks.ts';
import { inOrder } from '../simulate/history/in-order.ts';
import { openTopic, WHOLE_LOG } from '../simulate/history/topic.ts';
import { RehearsalWalk, Staged } from '../simulate/walk.ts';
import type { RunFacts } from './facts.ts';

/** What the rehearsal of the run's own events decided. */
export interface RehearsedRun {
  readonly detected: readonly TriggerDetected[];
  readonly decided: readonly MessageDecided[];
}

interface Options {
  readonly isOurs: (personId: string) => boolean;
  /** Virtual time ends here, UTC ms. */
  readonly untilMs: number;
}

/** Rehearses what came in during the run, from `events.collected` and in log time, under the playbook that was live. */
export async function rehearseRun(log: OpenLog, { isOurs, untilMs }: Options): Promise<RehearsedRun> {
  const live = (await readActivations(log)).at(-1);
  if (live === undefined) throw new CliError('No playbook is live: kairos playbook publish playbook --time-scale 60');
  const isOfRun = ({ anonymousId, userId }: CollectedEvent): boolean =>
    isOurs(`anon:${anonymousId ?? ''}`) || isOurs(`user:${userId ?? ''}`);
  const detected: TriggerDetected[] = [];
  const decided: MessageDecided[] = [];
  const hearer = {
    listeners: {
      'triggers.detected': ({ value }: { readonly value: TriggerDetected }) => void detected.push(...factsOf(value)),
      'messages.decided': ({ value }: { readonly value: MessageDecided }) => {
        if (value.handOver === null) decided.push(value);
      },
    },
    refuse: () => undefined,
  };
  const history = await openTopic(log, { topic: 'events.collected', range: WHOLE_LOG, time: 'log' });
  let walk: RehearsalWalk | undefined;
  for await (const batch of inOrder(history.read())) {
    for (const happened of batch) {
      if (!isOfRun(happened.event)) continue;
      walk ??= new RehearsalWalk(new Staged(live.published), hearer, happened.atMs);
      walk.take(happened);
    }
  }
  walk?.finish(untilMs);
  walk?.advanceTo(untilMs);
  return { detected, decided };
}

/** Larger than any count: a moment, UTC ms. */
const SINCE_2001_MS = 1e12;

/**
 * All that the log defines of a decision; live it is made at the tick after its moment, and a rehearsal needs no ticks. So
 * moments differ by less than a tick, and with them a minute that stands beside one for people: `resetsAt` by `resetsAtMs`.
 */
function decisionText(one: MessageDecided): string {
  const { personId, messageId, number, fate, code, gate, channel, purpose, audience } = one;
  const numbers = parseObject(one.numbers) ?? {};
  const isMoment = (name: string): boolean => Number(numbers[name]) >= SINCE_2001_MS;
  const defined = Object.entries(numbers).filter(([name]) => !isMoment(name) && !isMoment(`${name}Ms`));
  const rest = JSON.stringify([defined.sort(), one.gatesPassed, one.score, one.playbookVersion]);
  return `${personId} ${messageId} #${number} ${fate} ${code} at ${gate} by ${channel}, ${purpose} to ${audience}, ${rest} ${one.decisionId}`;
}

const detectionText = (one: TriggerDetected): string =>
  `${one.personId} ${one.triggerId} ${one.instanceKey} ${one.outcome} ${one.code} due ${one.dueAtMs} after ${one.causes.join()} ${one.journey?.step ?? ''} ${one.journey?.way ?? ''} ${one.firingId}`;

/**
 * Differences between the house and the rehearsal, as sentences; none when they are equal. What the rehearsal decided after
 * `settledMs` the house may not have come to yet.
 */
export function compareWithRehearsal(
  { detected, decided }: RehearsedRun,
  facts: RunFacts,
  settledMs: number,
): readonly string[] {
  const early = <T>(list: readonly T[], atMs: (one: T) => number): T[] => list.filter((one) => atMs(one) <= settledMs);
  const live = [...facts.fired, ...facts.notStarted, ...facts.journeys];
  return [
    ...missing(early(decided, (one) => one.decidedAtMs).map(decisionText), facts.decisions.map(decisionText)),
    ...missing(early(detected, (one) => one.detectedAtMs).map(detectionText), live.map(detectionText)),
    ...unexpected(decided.map(decisionText), facts.decisions.map(decisionText)),
    ...unexpected(detected.map(detectionText), live.map(detectionText)),
  ];
}

const missing = (rehearsed: readonly string[], live: readonly string[]): string[] => {
  const known = new Set(live);
  return [...new Set(rehearsed)]
    .filter((text) => !known.has(text))
    .map((text) => `the rehearsal decides, and the house did not: ${text}`);
};

const unexpected = (rehearsed: readonly string[], live: readonly string[]): string[] => {
  const known = new Set(rehearsed);
  return [...new Set(live)]
    .filter((text) => !known.has(text))
    .map((text) => `the house did, and the rehearsal does not: ${text}`);
};

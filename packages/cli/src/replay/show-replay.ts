import { explainReason, type MessageDecided } from '@kairos/contracts';
import { parseObject } from '@kairos/decisions';
import { colours } from '../terminal.ts';
import type { Replay, Retained } from './replay-decision.ts';

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** What a replay found, as lines. */
export function linesOfReplay({ verdict, recorded, differences, retained }: Replay): readonly string[] {
  return [
    ...linesOfDecision(recorded),
    '',
    verdictLine(verdict, retained),
    ...differences.map(
      ({ field, recorded: one, derived: other }) =>
        `  ${field}: recorded ${JSON.stringify(one)}, derived ${JSON.stringify(other)}`,
    ),
    ...retainedLines(verdict, retained),
  ];
}

function linesOfDecision(decision: MessageDecided): readonly string[] {
  const { decisionId, personId, messageId, fate, code, channel, number, decidedAtMs, playbookVersion } = decision;
  const on = channel === null ? '' : ` by ${channel}`;
  const why =
    code === null
      ? []
      : [`  ${code} ${explainReason(code, { channel, purpose: decision.purpose, ...parseObject(decision.numbers) })}`];
  return [
    `${colours.bold(decisionId)}  ${personId}`,
    `  ${messageId}${on} ${fate} at ${isoOf(decidedAtMs)}, decision ${number} of its candidate, under playbook ${playbookVersion}`,
    ...why,
  ];
}

const sentences: Readonly<Record<Replay['verdict'], string>> = {
  equal: 'Derived again from the log: equal in every field.',
  different: 'Derived again from the log, and NOT equal:',
  missing: 'The log does not lead to this decision: it was made otherwise than by the stages as they are now.',
  gone: 'The log no longer holds all that this decision rests on, so it can be neither confirmed nor doubted.',
};

function verdictLine(verdict: Replay['verdict'], { records }: Retained): string {
  const colour = verdict === 'equal' ? colours.green : verdict === 'gone' ? colours.yellow : colours.red;
  return `${colour(sentences[verdict])} (${records} records of the person folded)`;
}

function retainedLines(
  verdict: Replay['verdict'],
  { partition, startOffset, startAtMs, isCutOff }: Retained,
): string[] {
  if (startOffset === 0) return [];
  const since = startAtMs === null ? 'holds nothing' : `begins at ${isoOf(startAtMs)} (offset ${startOffset})`;
  const before = isCutOff
    ? 'Something was decided for this person before, so its story begins earlier: events of then, what they left in the profile and which triggers were waiting are not known.'
    : 'Nothing is known to have been decided for this person before.';
  const despite = verdict === 'equal' ? ' The decision is equal all the same: it did not hang on what is gone.' : '';
  return [
    `events.identified/${partition} ${since}; what came before it is deleted (events are kept for 30 days). ${before}${despite}`,
  ];
}

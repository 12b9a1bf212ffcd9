import type { CompiledPlaybook } from '../compile-types.ts';
import type { ContactRuleDefinition } from '../definitions.ts';
import { covers, holds, type Subject } from './scope.ts';
import { type Block, keepWhere, type Send } from './state.ts';

/** A rule that stands in the way. */
export interface Breach {
  readonly rule: ContactRuleDefinition;
  /** When it will not any more; null = never. */
  readonly untilMs: number | null;
  readonly numbers: Readonly<Record<string, unknown>>;
  /** The rule could not be evaluated, and stands in the way to be on the safe side. */
  readonly isInDoubt?: boolean;
}

const counts = (send: Send): boolean => send.state !== 'released';

/**
 * The strictest cap that is full for the subject. A window is rolling and exact: what was chosen at t counts until, and not
 * at, t + window; so no window of that length ever holds more than the limit.
 */
export function fullCap(
  playbook: CompiledPlaybook,
  subject: Subject,
  { sends, nowMs }: { readonly sends: readonly Send[]; readonly nowMs: number },
): Breach | null {
  let strictest: Breach | null = null;
  for (const { definition: rule } of playbook.contactRules) {
    if (rule.rule !== 'cap' || !holds(rule.scope, subject)) continue;
    const counted = sends
      .filter((send) => counts(send) && send.atMs > nowMs - rule.rollingMs && covers(rule.scope, send))
      .sort((a, b) => a.atMs - b.atMs);
    if (counted.length < rule.limit) continue;
    const frees = counted[counted.length - rule.limit];
    const untilMs = frees === undefined ? null : frees.atMs + rule.rollingMs;
    const numbers = {
      count: counted.length,
      limit: rule.limit,
      windowMs: rule.rollingMs,
      takenBy: counted.slice(-rule.limit).map((send) => send.triggerId),
    };
    strictest = stricter(strictest, { rule, untilMs, numbers });
  }
  return strictest;
}

/** The strictest pause after the last send that is still on for the subject. */
export function pauseOn(
  playbook: CompiledPlaybook,
  subject: Subject,
  { sends, nowMs }: { readonly sends: readonly Send[]; readonly nowMs: number },
): Breach | null {
  let strictest: Breach | null = null;
  for (const { definition: rule } of playbook.contactRules) {
    if (rule.rule !== 'cooldown' || !holds(rule.scope, subject)) continue;
    let last: Send | undefined;
    for (const send of sends)
      if (counts(send) && covers(rule.scope, send) && (last === undefined || send.atMs >= last.atMs)) last = send;
    if (last === undefined || last.atMs + rule.cooldownMs <= nowMs) continue;
    const numbers = { cooldownMs: rule.cooldownMs, lastAtMs: last.atMs, takenBy: [last.triggerId] };
    strictest = stricter(strictest, { rule, untilMs: last.atMs + rule.cooldownMs, numbers });
  }
  return strictest;
}

/**
 * The strictest blocking period that is on for the subject. A rule that was paused or deleted blocks no more; one that could
 * not be evaluated holds no service message, whatever its scope: the customer must be told, and the failure is counted.
 */
export function blockOn(
  playbook: CompiledPlaybook,
  subject: Subject,
  { blocks, nowMs }: { readonly blocks: readonly Block[]; readonly nowMs: number },
): Breach | null {
  let strictest: Breach | null = null;
  for (const { definition: rule } of playbook.contactRules) {
    if (rule.rule !== 'block' || !holds(rule.scope, subject)) continue;
    for (const block of blocks) {
      if (block.ruleId !== rule.id || block.untilMs <= nowMs) continue;
      const { untilMs, event, isInDoubt = false } = block;
      if (isInDoubt && subject.purpose === 'service') continue;
      strictest = stricter(strictest, { rule, untilMs, numbers: { event }, isInDoubt });
    }
  }
  return strictest;
}

/** A rule that drops is stricter than one that defers; else the one that lasts longer; ties keep the order of ids. */
function stricter(known: Breach | null, other: Breach): Breach {
  if (known === null) return other;
  return weight(other) > weight(known) ? other : known;
}

const weight = ({ rule, untilMs }: Breach): number =>
  rule.onBreach === 'drop' || untilMs === null ? Number.POSITIVE_INFINITY : untilMs;

interface BlockingEvent {
  readonly name: string;
  readonly atMs: number;
  readonly blocks: readonly string[];
  /** Absent in what was written before there was the field. */
  readonly failedBlocks?: readonly string[];
}

/** Folds a contact event into the blocking periods of a person. */
export function blocksAfter(
  blocks: readonly Block[],
  event: BlockingEvent,
  playbook: CompiledPlaybook | undefined,
): readonly Block[] {
  let after = blocks;
  for (const { definition: rule, afterEvents } of playbook?.contactRules ?? []) {
    if (rule.rule !== 'block') continue;
    if (rule.until?.includes(event.name)) {
      // What began after it is not ended by it, however late the word of it comes.
      after = keepWhere(after, (block) => block.ruleId !== rule.id || block.untilMs - rule.forMs > event.atMs);
      continue;
    }
    // A condition reads the event, so the detector judged it; a bare name needs no judge.
    const isNamed = afterEvents.some((match) => match.name === event.name && match.condition === null);
    const begun = { ruleId: rule.id, event: event.name, untilMs: event.atMs + rule.forMs };
    if (isNamed || event.blocks.includes(rule.id)) after = withBlock(after, begun);
    else if (event.failedBlocks?.includes(rule.id)) after = withBlock(after, { ...begun, isInDoubt: true });
  }
  return after;
}

/** One of its rule, and behind it one that is there in doubt: of each the one that lasts longer. */
export function withBlock(blocks: readonly Block[], block: Block): readonly Block[] {
  const known = blocks.find(({ ruleId, isInDoubt }) => ruleId === block.ruleId && isInDoubt === block.isInDoubt);
  if (known !== undefined && known.untilMs >= block.untilMs) return blocks;
  const others = blocks.filter((one) => one !== known);
  return block.isInDoubt === true ? [...others, block] : [block, ...others];
}

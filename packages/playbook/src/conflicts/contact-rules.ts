import { type Channel, type ContactRuleDefinition, formatDuration } from '@kairos/decisions';
import { quote } from '../describe-words.ts';
import type { Book } from './book.ts';
import type { ConflictFinding } from './conflict.ts';
import { type Proposing, proposalsOf } from './proposals.ts';

/** At most so many in a window: a cooldown is a cap of one. */
interface Limit {
  readonly rule: ContactRuleDefinition;
  readonly limit: number;
  readonly windowMs: number;
}

/** Contact rules that can't be kept, and those that never have an effect. */
export function findRuleConflicts(book: Book): ConflictFinding[] {
  const limits = book.rules.flatMap(limitOf);
  const proposals = book.triggers.flatMap((trigger) => proposalsOf(trigger, book));
  return [
    ...limits.filter(({ limit }) => limit < 1).map(zero),
    ...limits.filter(({ limit }) => limit >= 1).flatMap((one) => stops(one, proposals)),
    ...book.rules.flatMap((rule) => withoutEffect(rule, { limits, proposals })),
  ];
}

function limitOf(rule: ContactRuleDefinition): readonly Limit[] {
  if (rule.rule === 'cap') return [{ rule, limit: rule.limit, windowMs: rule.rollingMs }];
  return rule.rule === 'cooldown' ? [{ rule, limit: 1, windowMs: rule.cooldownMs }] : [];
}

const zero = ({ rule, limit }: Limit): ConflictFinding => ({
  code: 'CAP_ZERO',
  definition: rule,
  path: ['limit'],
  value: limit,
  words: { limit: String(limit) },
});

/** Messages of a journey that meet, on every way and however long it waits, what the journey itself has sent. */
function stops(of: Limit, proposals: readonly Proposing[]): ConflictFinding[] {
  // Of what is never sent nothing counts for what comes later.
  const stopped = new Set<Proposing>();
  return proposals.flatMap((one) => {
    if (!holds(of.rule, one)) return [];
    const counted = one.before
      .filter(
        ({ proposing, atMostMsAgo }) =>
          counts(of.rule, proposing) && !stopped.has(proposing) && atMostMsAgo < of.windowMs,
      )
      .sort((a, b) => b.atMostMsAgo - a.atMostMsAgo);
    if (counted.length < of.limit) return [];
    // There is room again when so many of the oldest have left the window.
    const roomInMs = of.windowMs - (counted[counted.length - of.limit]?.atMostMsAgo ?? 0);
    const isNever = of.rule.onBreach === 'drop' || roomInMs >= one.lifeMs;
    if (isNever) stopped.add(one);
    const finding: ConflictFinding = {
      code: isNever ? 'RULE_STOPS_JOURNEY' : 'RULE_DELAYS_JOURNEY',
      definition: one.definition,
      path: one.path,
      value: one.message.id,
      with: [of.rule],
      words: {
        rule: of.rule.id,
        limit: String(of.limit),
        window: formatDuration(of.windowMs),
        sent: `${counted.length} within ${formatDuration(counted[0]?.atMostMsAgo ?? 0)} at most`,
      },
    };
    return [finding];
  });
}

/** Whether a rule counts it, whichever of its channels it takes. */
const counts = ({ scope }: ContactRuleDefinition, one: Proposing): boolean =>
  !one.isToStaff &&
  (scope.purpose === null || scope.purpose === one.purpose) &&
  (scope.messages.length === 0 || scope.messages.includes(one.message.id)) &&
  (scope.channels.length === 0 || one.channels.every((channel) => scope.channels.includes(channel)));

/** Whether it may hold it back: a service message only by a rule that says so. */
const holds = (rule: ContactRuleDefinition, one: Proposing): boolean =>
  counts(rule, one) && (one.purpose === 'marketing' || rule.scope.purpose === 'service');

interface Others {
  readonly limits: readonly Limit[];
  readonly proposals: readonly Proposing[];
}

function withoutEffect(rule: ContactRuleDefinition, { limits, proposals }: Others): ConflictFinding[] {
  const finding = (why: string, path: ConflictFinding['path'], other: readonly ContactRuleDefinition[] = []) => [
    { code: 'RULE_WITHOUT_EFFECT' as const, definition: rule, path, value: rule.id, with: other, words: { why } },
  ];
  if (proposals.length > 0 && !proposals.some((one) => concerns(rule, one))) {
    return finding('nothing that is sent is in its scope', ['scope']);
  }
  const [own] = limitOf(rule);
  if (rule.rule !== 'cap' || own === undefined) return [];
  const stronger = limits.find((other) => other.rule !== rule && keeps(other, own));
  if (stronger === undefined) return [];
  return finding(`${quote(stronger.rule.id)} lets no more through than it allows`, ['limit'], [stronger.rule]);
}

/** Whether a rule says anything of one of its channels. */
const concerns = ({ scope }: ContactRuleDefinition, one: Proposing): boolean =>
  !one.isToStaff &&
  (scope.purpose === null || scope.purpose === one.purpose) &&
  (one.purpose === 'marketing' || scope.purpose === 'service') &&
  (scope.messages.length === 0 || scope.messages.includes(one.message.id)) &&
  one.channels.some((channel) => scope.channels.length === 0 || scope.channels.includes(channel));

/** Whether under `a` there are never so many sends that `b` has to say no. */
function keeps(a: Limit, b: Limit): boolean {
  if (!isWithin(b.rule, a.rule)) return false;
  if (a.rule.rule === 'cooldown') return a.windowMs * b.limit >= b.windowMs;
  // Of two that say the same, the first by id stays.
  const isSame = a.limit === b.limit && a.windowMs === b.windowMs && isWithin(a.rule, b.rule);
  if (isSame) return a.rule.id < b.rule.id;
  return a.limit <= b.limit && a.windowMs >= b.windowMs;
}

/** Whether all that `inner` is about, `outer` is about and holds back. */
function isWithin({ scope: inner }: ContactRuleDefinition, { scope: outer }: ContactRuleDefinition): boolean {
  const covers = <T extends Channel | string>(all: readonly T[], some: readonly T[]) =>
    all.length === 0 || (some.length > 0 && some.every((one) => all.includes(one)));
  const isPurpose = outer.purpose === inner.purpose || (outer.purpose === null && inner.purpose === 'marketing');
  return isPurpose && covers(outer.channels, inner.channels) && covers(outer.messages, inner.messages);
}

import type { Contact, Proposal, ReasonCode } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { Channel, ContactRuleDefinition, MessageDefinition, Purpose } from '../definitions.ts';
import { isHeldOut } from '../experiments/index.ts';
import { formatLocal, isZone, quietUntilMs } from '../time/index.ts';
import { type Breach, blockOn, fullCap, pauseOn } from './rules.ts';
import { covers } from './scope.ts';
import type { PersonContactState, Send } from './state.ts';
import { fullWish } from './wish.ts';

/** The gates in their order. A candidate's record lists those that it passed. */
export const gateNames = [
  'expiry',
  'live',
  'channel',
  'consent',
  'topic',
  'block',
  'cap',
  'cooldown',
  'quietHours',
  'priority',
  'holdout',
] as const;
export type GateName = (typeof gateNames)[number];

/** Why a gate did not let a candidate pass. Without `untilMs` it is dropped, else it may come back then. */
export interface Stop {
  readonly gate: GateName;
  readonly code: ReasonCode;
  readonly untilMs: number | null;
  readonly numbers: Readonly<Record<string, unknown>>;
  /** The message's next channel may still be tried; else this stop speaks for the whole message. */
  readonly fallsBack: boolean;
}

/** A competitor that was chosen earlier in the same round. */
export interface Winner {
  readonly proposal: Proposal;
  readonly send: Send;
}

/** One candidate before the gates, with all that they look at. */
export interface Case {
  readonly proposal: Proposal;
  readonly purpose: Purpose;
  readonly isStaff: boolean;
  readonly playbook: CompiledPlaybook;
  readonly state: PersonContactState;
  readonly nowMs: number;
  readonly zone: string;
  readonly zoneFrom: string;
  /** Chosen earlier in this round, highest first. */
  readonly winners: readonly Winner[];
}

/** The person's zone; one that is unknown or no zone falls back to the company's. */
export function zoneOf(contact: Contact | null, playbook: CompiledPlaybook | undefined): [zone: string, from: string] {
  if (contact !== null && isZone(contact.zone)) return [contact.zone, contact.zoneFrom];
  const companys = playbook?.company.zone ?? 'UTC';
  return [isZone(companys) ? companys : 'UTC', 'company'];
}

/** Marketing, unless both the trigger and the message say service: consent can't be lost by a slip in one of them. */
export const purposeOf = (proposal: Proposal, message: MessageDefinition | undefined): Purpose =>
  proposal.purpose === 'service' && message?.purpose !== 'marketing' ? 'service' : 'marketing';

export const isStaff = (proposal: Proposal): boolean => proposal.audience.startsWith('staff:');

const drop = (gate: GateName, code: ReasonCode, numbers: Stop['numbers'] = {}): Stop => ({
  gate,
  code,
  untilMs: null,
  numbers,
  fallsBack: true,
});

/** Is there still time. */
export const expiryGate = ({ proposal, nowMs }: Case): Stop | null =>
  nowMs >= proposal.expiresAtMs ? drop('expiry', 'EXPIRED', { expiresAtMs: proposal.expiresAtMs }) : null;

/** Does the playbook of now still want this trigger and this message. */
export function liveGate({ proposal, playbook, nowMs }: Case): Stop | null {
  const message = playbook.messages.get(proposal.messageId);
  if (message === undefined) return drop('live', 'MESSAGE_MISSING', { message: proposal.messageId });
  if (message.status === 'paused') return drop('live', 'STOPPED_BY_OPERATOR', { message: message.id });
  const trigger = playbook.triggers.get(proposal.triggerId)?.definition;
  if (trigger === undefined) return drop('live', 'STOPPED_BY_OPERATOR', { trigger: proposal.triggerId });
  if (trigger.activeToMs !== null && nowMs >= trigger.activeToMs)
    return drop('live', 'NO_LONGER_ELIGIBLE', { activeToMs: trigger.activeToMs });
  return null;
}

/** May the person have marketing on this channel. What is not known is a no. */
export function consentGate({ state, purpose }: Case, channel: Channel): Stop | null {
  if (purpose === 'service') return null;
  const entry = state.contact?.consent.find((one) => one.channel === channel && one.purpose === purpose);
  if (entry?.state === 'granted') return null;
  return drop('consent', 'NO_CONSENT', {
    channel,
    purpose,
    state: entry?.state ?? 'unknown',
    ...(entry === undefined ? {} : { sinceMs: entry.sinceMs, origin: entry.origin }),
  });
}

const subjectOf = ({ proposal, purpose }: Case, channel: Channel) => ({
  purpose,
  channel,
  messageId: proposal.messageId,
});

export function blockGate(one: Case, channel: Channel): Stop | null {
  const breach = blockOn(one.playbook, subjectOf(one, channel), { blocks: one.state.blocks, nowMs: one.nowMs });
  const code = breach?.isInDoubt === true ? 'BLOCK_RULE_FAILED' : 'BLOCKED';
  return breach && stopOf(one, breach, { gate: 'block', code, moment: 'until' });
}

export function capGate(one: Case, channel: Channel): Stop | null {
  const breach = fullCap(one.playbook, subjectOf(one, channel), { sends: one.state.sends, nowMs: one.nowMs });
  const stop = breach && stopOf(one, breach, { gate: 'cap', code: 'CAP_REACHED', moment: 'resetsAt' });
  return longer(stop, wishStop(one, one.state.sends, { gate: 'cap', code: 'CAP_REACHED' }));
}

export function cooldownGate(one: Case, channel: Channel): Stop | null {
  const breach = pauseOn(one.playbook, subjectOf(one, channel), { sends: one.state.sends, nowMs: one.nowMs });
  return breach && stopOf(one, breach, { gate: 'cooldown', code: 'COOLDOWN', moment: 'until' });
}

/** Quiet hours on the person's clock. */
export function quietHoursGate({ playbook, purpose, nowMs, zone, zoneFrom }: Case, channel: Channel): Stop | null {
  let latest: Stop | null = null;
  for (const quiet of playbook.company.quietHours) {
    if (quiet.purpose !== purpose || (quiet.channels.length > 0 && !quiet.channels.includes(channel))) continue;
    const untilMs = quietUntilMs(nowMs, zone, quiet);
    if (untilMs === null || (latest !== null && latest.untilMs === null)) continue;
    const isDrop = quiet.onBreach === 'drop';
    if (!isDrop && latest !== null && (latest.untilMs ?? 0) >= untilMs) continue;
    const numbers = { from: quiet.from, to: quiet.to, zone, zoneFrom, ...moments({ until: untilMs }, zone) };
    const fallsBack = quiet.onBreach === 'fallback';
    latest = { gate: 'quietHours', code: 'QUIET_HOURS', untilMs: isDrop ? null : untilMs, numbers, fallsBack };
  }
  return latest;
}

/** Did a competitor of this round take the room. Those chosen earlier in the round now count too. */
export function priorityGate(one: Case, channel: Channel): Stop | null {
  if (one.winners.length === 0) return null;
  const at = { sends: [...one.state.sends, ...one.winners.map((winner) => winner.send)], nowMs: one.nowMs };
  const subject = subjectOf(one, channel);
  const breach = fullCap(one.playbook, subject, at) ?? pauseOn(one.playbook, subject, at);
  if (breach === null) return outrankedInWish(one, at.sends);
  const stop = stopOf(one, breach, { gate: 'priority', code: 'OUTRANKED', moment: 'resetsAt' });
  const winner = one.winners.find(({ send }) => covers(breach.rule.scope, send));
  if (winner === undefined) return stop;
  return { ...stop, numbers: { ...winnerNumbers(one.proposal, winner.proposal), ...stop.numbers } };
}

/** The person's own wish stands in the way, as a cap that waits for room. */
function wishStop(
  one: Case,
  sends: readonly Send[],
  { gate, code }: { readonly gate: GateName; readonly code: ReasonCode },
): Stop | null {
  const wish = fullWish(one, sends);
  if (wish === null) return null;
  const { untilMs } = wish;
  const numbers = { ...wish.numbers, ...(untilMs === null ? {} : moments({ resetsAt: untilMs }, one.zone)) };
  return { gate, code, untilMs, numbers, fallsBack: false };
}

/** Of two stops the one that lasts longer; a drop lasts for ever. */
function longer(a: Stop | null, b: Stop | null): Stop | null {
  if (a === null || b === null) return a ?? b;
  return (b.untilMs ?? Number.POSITIVE_INFINITY) > (a.untilMs ?? Number.POSITIVE_INFINITY) ? b : a;
}

function outrankedInWish(one: Case, sends: readonly Send[]): Stop | null {
  const stop = wishStop(one, sends, { gate: 'priority', code: 'OUTRANKED' });
  const winner = one.winners.findLast(({ send }) => send.purpose === 'marketing');
  if (stop === null || winner === undefined) return stop;
  return { ...stop, numbers: { ...winnerNumbers(one.proposal, winner.proposal), ...stop.numbers } };
}

const winnerNumbers = (loser: Proposal, winner: Proposal): Stop['numbers'] => ({
  winner: winner.triggerId,
  winnerCandidateId: winner.candidateId,
  winnerMessage: winner.messageId,
  gap: winner.priority - loser.priority,
});

/** Sticky control groups, applied where a send would happen. */
export function holdoutGate({ proposal, playbook, purpose }: Case): Stop | null {
  if (purpose === 'service') return null;
  const { salt, globalHoldoutPercent } = playbook.company;
  const groups = [
    { group: 'global', percent: globalHoldoutPercent },
    { group: `trigger:${proposal.triggerId}`, percent: proposal.holdoutPercent },
  ];
  for (const { group, percent } of groups)
    if (isHeldOut({ salt, experimentId: group, personId: proposal.personId, percent }))
      return drop('holdout', 'HOLDOUT', { group, percent });
  return null;
}

function stopOf(
  { zone }: Case,
  { rule, untilMs, numbers }: Breach,
  { gate, code, moment }: { gate: GateName; code: ReasonCode; moment: 'until' | 'resetsAt' },
): Stop {
  return {
    gate,
    code,
    untilMs: rule.onBreach === 'drop' ? null : untilMs,
    numbers: { ...ruleNumbers(rule), ...numbers, ...(untilMs === null ? {} : moments({ [moment]: untilMs }, zone)) },
    fallsBack: rule.onBreach === 'fallback',
  };
}

const ruleNumbers = (rule: ContactRuleDefinition): Stop['numbers'] => ({ rule: rule.id, ruleVersion: rule.version });

/** Each moment twice: `untilMs` for programs, `until` as the person's wall shows it for the sentence. */
function moments(named: Readonly<Record<string, number>>, zone: string): Stop['numbers'] {
  const told: Record<string, unknown> = {};
  for (const [name, atMs] of Object.entries(named)) {
    told[name] = formatLocal(atMs, zone);
    told[`${name}Ms`] = atMs;
  }
  return told;
}

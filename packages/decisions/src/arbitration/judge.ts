import type { Channel, MessageDefinition } from '../definitions.ts';
import { addressOf } from './address.ts';
import {
  blockGate,
  type Case,
  capGate,
  consentGate,
  cooldownGate,
  expiryGate,
  type GateName,
  holdoutGate,
  liveGate,
  priorityGate,
  quietHoursGate,
  type Stop,
} from './gates.ts';
import { inStatedOrder, topicGate } from './preferences.ts';

/** What the gates say of one candidate. */
export type Judgement = {
  readonly gatesPassed: readonly GateName[];
  /** Other channels of the message that were tried and did not pass, with their codes. */
  readonly skipped: readonly { readonly channel: Channel; readonly code: string }[];
} & (
  | { readonly fate: 'chosen'; readonly channel: Channel; readonly address: string | null }
  | {
      readonly fate: 'deferred' | 'dropped';
      readonly channel: Channel | null;
      readonly stop: Stop;
    }
);

interface Try {
  readonly channel: Channel;
  readonly address: string | null;
  readonly passed: readonly GateName[];
  readonly stop: Stop | null;
}

const channelGates: readonly (readonly [GateName, (one: Case, channel: Channel) => Stop | null])[] = [
  ['consent', consentGate],
  ['topic', topicGate],
  ['block', blockGate],
  ['cap', capGate],
  ['cooldown', cooldownGate],
  ['quietHours', quietHoursGate],
  ['priority', priorityGate],
];

/**
 * Leads one candidate through the gates, in order. The message's channels are tried in the order that the person has
 * stated, then in the author's: one that is not
 * set up, without address or consent, or stopped by a rule that says `fallback`, leaves the next one open; any other rule in the way speaks
 * for the whole message. If no channel passes: the earliest deferral, else the drop that came furthest.
 */
export function judge(one: Case): Judgement {
  const passed: GateName[] = [];
  for (const [name, gate] of [['expiry', expiryGate] as const, ['live', liveGate] as const]) {
    const stop = gate(one);
    if (stop !== null) return { fate: 'dropped', channel: null, stop, gatesPassed: passed, skipped: [] };
    passed.push(name);
  }
  const tries = tryChannels(one, passed);
  const open = tries.findIndex((attempt) => attempt.stop === null);
  const skipped = skippedBefore(tries, open);
  const chosen = tries[open];
  if (chosen !== undefined) return atHoldout(one, chosen, skipped);
  const blocked = mostTelling(tries);
  if (blocked === undefined) {
    const stop: Stop = { gate: 'channel', code: 'NO_CHANNEL', untilMs: null, numbers: {}, fallsBack: false };
    return { fate: 'dropped', channel: null, stop, gatesPassed: passed, skipped };
  }
  const { channel, stop } = blocked;
  const others = skipped.filter((other) => other.channel !== channel);
  return { ...settle(one, stop), channel, gatesPassed: blocked.passed, skipped: others };
}

/** A deferral that can't end before the candidate expires is a drop, at once and with the same code. */
function settle(one: Case, stop: Stop): { fate: 'deferred' | 'dropped'; stop: Stop } {
  if (stop.untilMs === null) return { fate: 'dropped', stop };
  if (stop.untilMs < one.proposal.expiresAtMs) return { fate: 'deferred', stop };
  const numbers = { ...stop.numbers, untilAfterExpiry: true, expiresAtMs: one.proposal.expiresAtMs };
  return { fate: 'dropped', stop: { ...stop, untilMs: null, numbers } };
}

function atHoldout(one: Case, { channel, address, passed }: Try, skipped: Judgement['skipped']): Judgement {
  const stop = one.isStaff ? null : holdoutGate(one);
  if (stop !== null) return { fate: 'dropped', channel, stop, gatesPassed: passed, skipped };
  return { fate: 'chosen', channel, address, gatesPassed: one.isStaff ? passed : [...passed, 'holdout'], skipped };
}

/**
 * Channels that suit the audience: staff gets tasks and webhooks, a customer never a task; a model's finding goes to no
 * human channel. Where the proposal names a channel, no other.
 */
function channelsOf(one: Case): readonly Channel[] {
  const { proposal, playbook, isStaff } = one;
  const message: MessageDefinition | undefined = playbook.messages.get(proposal.messageId);
  // What waits since before there was the field has none.
  const only = proposal.channel ?? null;
  const suits = (channel: Channel): boolean => {
    if (only !== null && channel !== only) return false;
    if (channel === 'task') return isStaff && proposal.foundBy !== 'model';
    return !isStaff || channel === 'webhook';
  };
  return inStatedOrder((message?.channels ?? []).map(({ channel }) => channel).filter(suits), one);
}

function tryChannels(one: Case, before: readonly GateName[]): Try[] {
  const tries: Try[] = [];
  for (const channel of channelsOf(one)) {
    const attempt = tryChannel(one, channel, before);
    tries.push(attempt);
    // A rule that defers or drops is about the message: its other channels are no way around it.
    if (attempt.stop === null || !attempt.stop.fallsBack) break;
  }
  return tries;
}

function tryChannel(one: Case, channel: Channel, before: readonly GateName[]): Try {
  const passed = [...before];
  if (one.playbook.company.channels?.includes(channel) === false) {
    const numbers = { channel };
    const stop: Stop = { gate: 'channel', code: 'CHANNEL_NOT_CONFIGURED', untilMs: null, numbers, fallsBack: true };
    return { channel, address: null, passed, stop };
  }
  const address = addressOf(one, channel);
  if (address === undefined) {
    const stop: Stop = { gate: 'channel', code: 'NO_ADDRESS', untilMs: null, numbers: { channel }, fallsBack: true };
    return { channel, address: null, passed, stop };
  }
  passed.push('channel');
  if (one.isStaff) return { channel, address, passed, stop: null };
  for (const [name, gate] of channelGates) {
    const stop = gate(one, channel);
    if (stop !== null) return { channel, address, passed, stop };
    passed.push(name);
  }
  return { channel, address, passed, stop: null };
}

function mostTelling(tries: readonly Try[]): (Try & { readonly stop: Stop }) | undefined {
  const stopped = tries.flatMap((attempt) => (attempt.stop === null ? [] : [{ ...attempt, stop: attempt.stop }]));
  const last = stopped.at(-1);
  if (last !== undefined && !last.stop.fallsBack) return last;
  const rank = ({ stop, passed }: (typeof stopped)[number]): readonly [number, number] => [
    stop.untilMs ?? Number.POSITIVE_INFINITY,
    -passed.length,
  ];
  return stopped.reduce<(typeof stopped)[number] | undefined>((best, attempt) => {
    if (best === undefined) return attempt;
    const [a, b] = [rank(attempt), rank(best)];
    return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? attempt : best;
  }, undefined);
}

const skippedBefore = (tries: readonly Try[], open: number): Judgement['skipped'] =>
  (open === -1 ? tries : tries.slice(0, open)).flatMap(({ channel, stop }) =>
    stop === null ? [] : [{ channel, code: stop.code }],
  );

import type { Contact } from '@kairos/contracts';
import type { ComputedState } from '../computed/index.ts';
import type { ConsentHistory } from './consent-history.ts';
import type { DeviceType } from './device.ts';
import type { Groups } from './groups.ts';
import type { JsonObject } from './json.ts';
import type { PreferenceState } from './preferences.ts';
import type { OrderedProduct } from './products.ts';
import type { Timed } from './timed.ts';
import type { Visits } from './visits.ts';

export interface ConsentState {
  readonly state: 'granted' | 'denied';
  /** Since when it has stood. */
  readonly sinceMs: number;
  /** When it was last said; -1 for what a source only assumes, so that anything said stands above it. */
  readonly atMs: number;
  readonly origin: string;
}

/** Everything that is folded of one person. Plain JSON; amounts are exact decimal texts. */
export interface ProfileState {
  readonly personId: string;
  readonly anonymousId: Timed<string> | null;
  readonly email: Timed<string | null> | null;
  readonly phone: Timed<string | null> | null;
  /** Country of the phone number, ISO 3166-1 alpha-2. */
  readonly phoneCountry: string | null;
  readonly traits: JsonObject;
  /** When each trait was said. */
  readonly traitTimes: Readonly<Record<string, number>>;
  readonly contextZone: Timed<string> | null;
  readonly contextLocale: Timed<string> | null;
  /** Country of the context. Absent, as each field that says so, in states of before there was the field. */
  readonly contextCountry?: Timed<string> | null | undefined;
  /** The device used last. May be absent. */
  readonly device?: Timed<DeviceType> | null | undefined;
  /** May be absent: ask `visitsOf`. */
  readonly visits?: Visits | undefined;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  readonly eventCount: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly orderCount: number;
  readonly orderValue: string;
  readonly firstOrderAtMs: number | null;
  readonly lastOrderAtMs: number | null;
  /** The first product of the first order, and of the last. May be absent. */
  readonly firstProduct?: Timed<OrderedProduct> | null | undefined;
  readonly lastProduct?: Timed<OrderedProduct> | null | undefined;
  readonly refundCount: number;
  readonly refundValue: string;
  /** Sum of what touches no order: stock and account adjustments. */
  readonly adjustmentValue: string;
  /** What is kept of computed traits. Absent while none was counted. */
  readonly computed?: ComputedState | undefined;
  /** What the person has said that they want. Absent while nothing was said. */
  readonly preferences?: PreferenceState | undefined;
  /** By `channel/purpose`. */
  readonly consent: Readonly<Record<string, ConsentState>>;
  /** How it came to that. May be absent: ask `historyOf`. */
  readonly consentHistory?: ConsentHistory | undefined;
  /** Companies that the person belongs to. */
  readonly groups?: Groups | undefined;
  readonly segments: readonly string[];
  /** As last told to the stages behind. */
  readonly contact: Contact | null;
}

export const newProfile = (personId: string, occurredAtMs: number): ProfileState => ({
  personId,
  anonymousId: null,
  email: null,
  phone: null,
  phoneCountry: null,
  traits: {},
  traitTimes: {},
  contextZone: null,
  contextLocale: null,
  contextCountry: null,
  device: null,
  visits: [],
  firstSeenAtMs: occurredAtMs,
  lastSeenAtMs: occurredAtMs,
  eventCount: 0,
  counters: {},
  orderCount: 0,
  orderValue: '0',
  firstOrderAtMs: null,
  lastOrderAtMs: null,
  firstProduct: null,
  lastProduct: null,
  refundCount: 0,
  refundValue: '0',
  adjustmentValue: '0',
  consent: {},
  segments: [],
  contact: null,
});

/** A profile that is being changed: nobody else has it yet. */
export type ProfileDraft = { -readonly [K in keyof ProfileState]: ProfileState[K] };

/** A copy that may be changed, its fields in the same order. */
export const draftOf = (of: ProfileState): ProfileDraft => (isPlain(of) ? plainDraftOf(of) : { ...of });

/** Nothing but what every profile has. */
const isPlain = (of: ProfileState): boolean =>
  of.consentHistory === undefined &&
  of.computed === undefined &&
  of.preferences === undefined &&
  of.groups === undefined &&
  // In states of before there were these fields they are absent.
  of.contextCountry !== undefined &&
  of.device !== undefined &&
  of.visits !== undefined &&
  of.firstProduct !== undefined &&
  of.lastProduct !== undefined;

/** Spelled out, in the order of `newProfile`: it is made for every event, and a spread takes fifteen times as long. */
const plainDraftOf = (of: ProfileState): ProfileDraft => ({
  personId: of.personId,
  anonymousId: of.anonymousId,
  email: of.email,
  phone: of.phone,
  phoneCountry: of.phoneCountry,
  traits: of.traits,
  traitTimes: of.traitTimes,
  contextZone: of.contextZone,
  contextLocale: of.contextLocale,
  contextCountry: of.contextCountry,
  device: of.device,
  visits: of.visits,
  firstSeenAtMs: of.firstSeenAtMs,
  lastSeenAtMs: of.lastSeenAtMs,
  eventCount: of.eventCount,
  counters: of.counters,
  orderCount: of.orderCount,
  orderValue: of.orderValue,
  firstOrderAtMs: of.firstOrderAtMs,
  lastOrderAtMs: of.lastOrderAtMs,
  firstProduct: of.firstProduct,
  lastProduct: of.lastProduct,
  refundCount: of.refundCount,
  refundValue: of.refundValue,
  adjustmentValue: of.adjustmentValue,
  consent: of.consent,
  segments: of.segments,
  contact: of.contact,
});

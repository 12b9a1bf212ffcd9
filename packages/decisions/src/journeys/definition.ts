import type { Channel, Common, EventMatch } from '../definition-parts.ts';
import type { SendOutcome } from './outcomes.ts';

/** What can be set of a person: plain values. */
export type SetValue = string | number | boolean | null;

/** A conversation of several steps that starts with a trigger. Steps nest; nothing can be jumped to, so none comes twice. */
export interface JourneyDefinition extends Common {
  readonly kind: 'Journey';
  /** Id of the trigger. */
  readonly startsWith: string;
  /** Whether the trigger's goal ends it. */
  readonly exitsOnGoal: boolean;
  /** Events that end it at once, beside those that cancel its trigger. */
  readonly exitWhen: readonly EventMatch[];
  readonly steps: readonly JourneyStep[];
}

/** Ways that a sent message can turn out, and events, of which one is waited for. */
export type Awaited =
  | { readonly kind: 'event'; readonly event: EventMatch }
  /** The latest earlier send of this message has come so far. */
  | { readonly kind: 'outcome'; readonly message: string; readonly outcome: SendOutcome };

export type JourneyStep =
  | {
      readonly does: 'send';
      readonly message: string;
      /** The only channel that may be used; null leaves the choice to arbitration. */
      readonly channel: Channel | null;
      /** Past it nothing is sent, counted from the proposal; null = as the trigger says. */
      readonly expiresAfterMs: number | null;
    }
  | {
      readonly does: 'wait';
      readonly forMs: number;
      /** After that, until the person's clock shows this time, on one of these days. */
      readonly until: LocalMoment | null;
    }
  | {
      readonly does: 'waitFor';
      readonly anyOf: readonly Awaited[];
      readonly atMostMs: number;
      /** Done when none of it happened in time; then the steps after it. */
      readonly otherwise: readonly JourneyStep[];
    }
  | {
      readonly does: 'branch';
      /** The first whose condition holds. */
      readonly branches: readonly { readonly if: string; readonly steps: readonly JourneyStep[] }[];
      readonly otherwise: readonly JourneyStep[];
    }
  | {
      readonly does: 'split';
      /** What the draw sticks to: the same person goes the same way wherever it is drawn under this id. */
      readonly id: string;
      /** Percents add up to 100. */
      readonly ways: readonly {
        readonly name: string;
        readonly percent: number;
        readonly steps: readonly JourneyStep[];
      }[];
    }
  | { readonly does: 'set'; readonly traits: Readonly<Record<string, SetValue>> }
  /** A proposal for the work list of staff. */
  | {
      readonly does: 'task';
      readonly message: string;
      readonly role: string;
      readonly expiresAfterMs: number | null;
    }
  /** A signed call to another system, as the message's webhook says. */
  | { readonly does: 'call'; readonly message: string; readonly expiresAfterMs: number | null }
  | { readonly does: 'exit' };

export interface LocalMoment {
  /** `HH:MM`; null = at the start of the day. */
  readonly time: string | null;
  /** 1 Monday to 7 Sunday; empty = any day. */
  readonly weekdays: readonly number[];
}

/** What a journey may be at most, so that lint and stages agree. */
export const journeyLimits = {
  /** Steps, those inside others included. */
  steps: 100,
  /** How deep steps may lie inside others. */
  depth: 8,
} as const;

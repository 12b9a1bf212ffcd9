import type { CollectedEvent, ErrorCode } from '@kairos/contracts';

export const CALL_TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
/** Segment's calls for one event. */
export type CallType = (typeof CALL_TYPES)[number];

/** A request after it was read: which call, and its JSON. */
export interface Call {
  readonly type: CallType | 'batch';
  readonly body: unknown;
  /** Whether the body's text has no `\\u` in it, so that no string in it can hold what must be cleaned out. */
  readonly isPlain?: boolean;
  /** Whether the body's text, which is plain, nowhere has the name of a member that could hold the number of a card. */
  readonly namesNoCard?: boolean;
}

export const SOURCE_KINDS = ['browser', 'server', 'import', 'internal'] as const;
/** How far a write key is trusted: a browser's key is public; `import` is history; `internal` is Kairos itself. */
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Who holds a write key. */
export interface Source {
  readonly sourceId: string;
  readonly kind: SourceKind;
  /** Names of events that this key may send; all when undefined. */
  readonly events?: readonly string[] | undefined;
  /** Origins of web pages that may use this key; all when undefined. */
  readonly origins?: readonly string[] | undefined;
}

/** The write keys that are known. Holds hashes, never a key. */
export interface WriteKeys {
  find(key: string): Source | undefined;
}

/** Keeps one source from drowning the others. */
export interface Quota {
  /** Takes `events` from the allowance; answers how many ms to wait when there is nothing left, else 0. */
  take(sourceId: string, events: number): number;
}

/** An event that goes on `events.collected`. */
export interface EventEntry {
  readonly key: string;
  readonly event: CollectedEvent;
  readonly traceparent: string | undefined;
}

/** An event that was refused for itself, kept with its reason. */
export interface DeadEntry {
  readonly original: unknown;
  readonly code: ErrorCode;
  readonly message: string;
  readonly sourceId: string;
  readonly atMs: number;
  readonly traceparent: string | undefined;
}

/** The log. MUST NOT resolve before every record is acknowledged by all in-sync replicas. */
export interface EventLog {
  /**
   * Rejects with KairosError BROKER_UNAVAILABLE when that is not certain within a bounded time, at once when the buffer
   * is full. The records may still land: whoever sends them again uses the same message ids.
   */
  append(events: readonly EventEntry[], dead: readonly DeadEntry[]): Promise<void>;
  /** Why nothing can be appended now; undefined when all is well. */
  readonly trouble: string | undefined;
}

/** A request as the intake sees it. */
export interface IncomingCall extends Call {
  /** Of the write key in a header, or the query; the body's `writeKey` counts where there is none. */
  readonly source: Source | undefined;
  readonly clientIp: string | undefined;
  readonly userAgent: string | undefined;
  readonly origin: string | undefined;
  readonly traceparent: string | undefined;
}

/** One refused event in an answer. */
export interface Refusal {
  readonly index: number;
  readonly code: ErrorCode;
  readonly field: string;
  readonly message: string;
}

/** What the client is told once every event is safe. */
export interface IntakeAnswer {
  readonly accepted: number;
  /** At most 100; `rejectedCount` says how many there were. */
  readonly rejected: readonly Refusal[];
  readonly rejectedCount: number;
}

/** What the HTTP side needs: takes a call, answers when it is safe. Throws KairosError. */
export interface Intake {
  /** The source of a write key. Throws WRITE_KEY_UNKNOWN. */
  sourceOf(writeKey: string | undefined): Source;
  take(call: IncomingCall): Promise<IntakeAnswer>;
}

/**
 * An object of a request that was looked at and left as the text that it is. Its text is, to the letter, what
 * `JSON.stringify(JSON.parse(text))` would give, and within the bounds of an event: nothing in it must be cleaned or
 * refused. It has no member `backfill` and no member `candidateId`.
 */
export class RawObject {
  readonly text: string;
  /** Its member `userAgent`, where that is a text. */
  readonly userAgent: string | undefined;

  constructor(text: string, userAgent: string | undefined) {
    this.text = text;
    this.userAgent = userAgent;
  }

  /** What it says. Made anew each time. */
  parsed(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.text) as Readonly<Record<string, unknown>>;
  }
}

/** What of an event a collector reads; all else that it holds is in its text. Undefined where it is missing. */
export class RawEvent {
  type: unknown = undefined;
  action: unknown = undefined;
  messageId: unknown = undefined;
  message_id: unknown = undefined;
  anonymousId: unknown = undefined;
  anonymous_id: unknown = undefined;
  userId: unknown = undefined;
  user_id: unknown = undefined;
  previousId: unknown = undefined;
  groupId: unknown = undefined;
  event: unknown = undefined;
  name: unknown = undefined;
  category: unknown = undefined;
  timestamp: unknown = undefined;
  originalTimestamp: unknown = undefined;
  sentAt: unknown = undefined;
  integrations: unknown = undefined;
  /** These three: a `RawObject`, or what was parsed. */
  properties: unknown = undefined;
  traits: unknown = undefined;
  context: unknown = undefined;
  readonly #text: string;
  readonly #from: number;
  #to = 0;

  constructor(text: string, from: number) {
    this.#text = text;
    this.#from = from;
  }

  endsAt(to: number): void {
    this.#to = to;
  }

  /** The whole event, as it came. */
  parsed(): unknown {
    return JSON.parse(this.#text.slice(this.#from, this.#to));
  }
}

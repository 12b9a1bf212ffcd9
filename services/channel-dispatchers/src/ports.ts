import type { ChosenMessage, MessageReported, ReasonCode, TaskOutcome, Withdrawal } from '@kairos/contracts';
import type { Channel, ChannelContent, CompanyDefinition, Deliver } from '@kairos/decisions';

/**
 * Where a message stands in the ledger. `claimed`: ours to hand over. `calling`: the provider is being called; found
 * again after a crash it tells that nobody knows. The other four are final.
 */
type LedgerState = 'claimed' | 'calling' | 'sent' | 'failed' | 'unknown' | 'dropped';

/** A row of the ledger that is not final yet. */
export interface LedgerEntry {
  readonly message: ChosenMessage;
  readonly state: Extract<LedgerState, 'claimed' | 'calling'>;
  /** Calls made so far. */
  readonly attempt: number;
  /** What the author chose; null until the first call, when it is frozen. */
  readonly deliver: Deliver | null;
  /** An earlier call may have arrived. */
  readonly unclear: boolean;
  /** traceparent of the span that took the record in. */
  readonly traceparent: string | null;
}

/** A message as it is claimed. */
export interface NewEntry {
  readonly message: ChosenMessage;
  readonly traceparent: string | null;
}

/** What is known of a message at the last moment before the call. */
export interface Facts {
  readonly withdrawnCode: string | null;
  readonly suppression: Suppression | null;
}

/** Somebody unsubscribed from a channel for a purpose. */
export interface Suppression {
  readonly suppressedAtMs: number;
  /** When the collector had accepted the news; null while it is on its way home. */
  readonly homeAtMs: number | null;
}

/** The end of a message: what is reported. */
export interface Settlement {
  readonly state: Exclude<LedgerState, 'claimed' | 'calling'>;
  readonly outcome: 'accepted' | 'failed' | 'unknown' | 'expired' | 'withdrawn';
  readonly code: ReasonCode | null;
  readonly attempt: number;
  readonly providerId: string | null;
}

export interface Settled {
  readonly candidateId: string;
  readonly settlement: Settlement;
  readonly report: MessageReported;
}

/** A report that is not on the log yet, with the trace that it belongs to. */
export interface PendingReport {
  readonly report: MessageReported;
  readonly traceparent: string | null;
}

/** What a provider answered to one call. */
export type Answer =
  /** It took the message over. */
  | { readonly kind: 'accepted'; readonly providerId: string | null }
  /** It refused for good, or the message cannot be handed over at all. */
  | { readonly kind: 'rejected'; readonly code: ReasonCode; readonly detail: string }
  /** It certainly has not got the message; a later call may succeed. `afterMs` is its own wish. */
  | { readonly kind: 'again'; readonly afterMs: number | null; readonly detail: string }
  /** It was not called at all, because it asked for a pause; the call does not count. */
  | { readonly kind: 'held'; readonly afterMs: number }
  /** Nobody knows whether it has got the message. */
  | { readonly kind: 'unclear'; readonly detail: string };

/** How often and how long a channel tries. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** What a channel is, apart from how it sends. */
export interface ChannelSpec {
  readonly name: Channel;
  /** Calls at the same time; so many may be `unknown` after a crash. */
  readonly concurrency: number;
  /** A call that takes longer is ended and counts as `unclear` or `again`, whichever is true. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

/** A message with its template rendered; nothing but the call is left to do. */
export interface ReadyMessage {
  /** MUST NOT throw for what a provider does: that is an Answer. Details never hold an address or a secret. */
  send(signal: AbortSignal): Promise<Answer>;
}

/** What a channel needs to render and send one message. */
export interface Order<C extends ChannelContent = ChannelContent> {
  readonly message: ChosenMessage;
  readonly content: C;
  readonly view: TemplateView;
}

/** One way to reach people. Added by a folder under `channels/` and a line in its index. */
export interface ChannelAdapter {
  readonly spec: ChannelSpec;
  /** Renders. Throws UnsendableError when the message cannot be made. */
  prepare(order: Order): ReadyMessage;
  /** Takes back what was handed over, where the channel can (an inbox, a work-list). */
  withdraw?(withdrawal: Withdrawal): Promise<void>;
  close(): Promise<void>;
}

/** A message that cannot be made: its template fails, or data are missing. The detail holds no personal data. */
export class UnsendableError extends Error {
  readonly code: ReasonCode;
  constructor(code: ReasonCode, detail: string) {
    super(detail);
    this.name = 'UnsendableError';
    this.code = code;
  }
}

/** What templates see. */
export type TemplateView = Readonly<Record<string, unknown>>;

/** How the output of a template is escaped; `line` leaves it as it is, and folds line breaks, for headers. */
export type Escape = 'html' | 'json' | 'line' | 'none';

/** Fills a template in. Throws UnsendableError TEMPLATE_ERROR or TEMPLATE_ABORT. Bounded in time and memory. */
export type RenderTemplate = (template: string, view: TemplateView, mode: Escape) => string;

/** A message's definition as it stood when it was chosen. */
export interface ChosenContent {
  readonly content: ChannelContent | undefined;
  readonly company: CompanyDefinition | undefined;
}

/** Content of messages by playbook. */
export interface Playbooks {
  /** Waits a moment until the playbook of the message was read; undefined = it has not come yet, ask later. */
  contentOf(message: ChosenMessage): Promise<ChosenContent | undefined>;
}

/**
 * The dispatch ledger. Every method is one atomic step and may be repeated after an indefinite answer. Rows belong to
 * the worker that claimed them, as long as it gives signs of life; changes to another's rows do nothing.
 */
export interface Ledger {
  /** Signs on under a new name and takes what an earlier life of this instance left. */
  signOn(): Promise<void>;
  signOff(): Promise<void>;
  /** Stores messages and withdrawals durably. A batch that can never be stored is refused as RECORD_INVALID. Answers the entries that are this worker's to work on now, and how many repeats there were. */
  claim(batch: ClaimBatch): Promise<{ readonly mine: readonly LedgerEntry[]; readonly repeats: number }>;
  /** Takes due entries that belong to nobody, to a worker that is gone, or to this one without being among `held` (candidate ids): an earlier answer was lost. */
  take(channel: Channel, limit: number, held: readonly string[]): Promise<readonly LedgerEntry[]>;
  /** What is known now of entries that are still this worker's; others are missing in the answer. */
  factsOf(candidateIds: readonly string[]): Promise<ReadonlyMap<string, Facts>>;
  /** Marks entries as `calling`, unless they were withdrawn or taken meanwhile. Answers those that were marked. */
  begin(calls: readonly Call[]): Promise<ReadonlySet<string>>;
  /** Gives an entry back for a later call. */
  postpone(candidateId: string, again: Postponement): Promise<void>;
  /** Ends messages; answers those that were this worker's to end, with the code of a withdrawal that came too late. */
  settle(settled: readonly Settled[]): Promise<ReadonlyMap<string, string | null>>;
  /** Reports of this worker's earlier lives, or of workers that are gone, not on the log yet; and this one's that are not among `held`. */
  unreported(limit: number, held: readonly string[]): Promise<readonly PendingReport[]>;
  markReported(candidateIds: readonly string[]): Promise<void>;
  /** The person, channel and purpose of a message, for a link in it. */
  find(candidateId: string): Promise<ChosenMessage | undefined>;
  /** The last text to each person who has this phone number, latest first; what surely did not leave is left out. */
  lastTextsTo(phone: string): Promise<readonly ChosenMessage[]>;
}

export interface ClaimBatch {
  readonly entries: readonly NewEntry[];
  readonly withdrawals: readonly Withdrawal[];
  /** How many of the entries this worker wants to work on at once, per channel; the rest waits for `take`. */
  readonly room: ReadonlyMap<string, number>;
}

export interface Call {
  readonly candidateId: string;
  /** The number that this call has, from 1. */
  readonly attempt: number;
  readonly deliver: Deliver;
}

export interface Postponement {
  readonly dueAtMs: number;
  readonly attempt: number;
  readonly unclear: boolean;
}

/** News for the collector: what a recipient did. */
export interface HomeEvent {
  /** Becomes the messageId: a repeat takes effect once. */
  readonly eventId: string;
  readonly name: string;
  readonly candidateId: string;
  readonly occurredAtMs: number;
  readonly properties: Readonly<Record<string, string | boolean>>;
}

/** A link in a text: its address is short because what it says lies here. */
export interface ShortLink {
  readonly code: string;
  readonly candidateId: string;
  readonly target: string;
}

export interface ShortLinks {
  /** Idempotent by code. */
  keep(links: readonly ShortLink[]): Promise<void>;
  /** With the channel of its message; undefined when there is none, or it is older than two years. */
  find(code: string): Promise<(ShortLink & { readonly channel: string }) | undefined>;
}

/** Keeps news until the collector has accepted it. */
export interface HomePost {
  /** Resolves when it is kept durably. */
  add(event: HomeEvent): Promise<void>;
  /** As `add`, and from this moment what its `purpose` names is not handed over on that channel any more. */
  unsubscribe(event: HomeEvent): Promise<void>;
}

/** A message in a person's inbox on the site. */
export interface InboxMessage {
  readonly candidateId: string;
  readonly slot: string;
  /** Sanitised; contains no script. */
  readonly html: string;
  readonly expiresAtMs: number;
  /** Rises from message to message of a person; the id of the stream event. */
  readonly number: number;
}

/** The on-site inbox. */
export interface Inbox {
  /** Idempotent by candidateId. */
  put(personId: string, message: Omit<InboxMessage, 'number'>): Promise<void>;
  /** In order; expired and removed ones are left out. */
  list(personId: string, afterNumber: number): Promise<readonly InboxMessage[]>;
  remove(personId: string, candidateId: string): Promise<boolean>;
  /** Calls back whenever the person's inbox may have changed. Answers how to stop. */
  watch(personId: string, changed: () => void): Promise<() => void>;
}

/** A row of the staff's work-list. */
export interface Task {
  readonly candidateId: string;
  readonly personId: string;
  readonly role: string;
  readonly title: string;
  readonly action: string;
  readonly why: string;
  readonly avoid: string;
  readonly untilMs: number;
}

export interface WorkList {
  /** Idempotent by candidateId. */
  add(task: Task): Promise<void>;
  withdraw(candidateId: string, code: string): Promise<void>;
}

/** A task as staff see it. */
export interface StaffTask extends Task {
  readonly messageId: string;
  readonly triggerId: string;
  readonly createdAtMs: number;
  /** Why it was taken back; null while it stands. */
  readonly withdrawnCode: string | null;
  readonly claimedBy: string | null;
  readonly claimedAtMs: number | null;
  /** How often it was claimed. */
  readonly claims: number;
  readonly outcome: TaskOutcome | null;
  readonly doneBy: string | null;
  readonly doneAtMs: number | null;
}

/** What staff do with the work-list. */
export interface StaffDesk {
  /** What can be done first, by the time it ends; then what is over, latest first. */
  list(options: { readonly limit: number; readonly nowMs: number }): Promise<readonly StaffTask[]>;
  /**
   * Changes one task as `decide` says, with the event that it answers, in one transaction; whoever else wants the same
   * task waits meanwhile. What `decide` throws changes nothing. Undefined when there is no such task.
   */
  change(
    candidateId: string,
    decide: (task: StaffTask) => { readonly task: StaffTask; readonly event: HomeEvent | null },
  ): Promise<StaffTask | undefined>;
}

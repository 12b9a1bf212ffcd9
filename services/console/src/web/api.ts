/** What the console's server answers, in the browser's words. */
export interface FlowStage {
  readonly id: string;
  readonly label: string;
  readonly topic: string;
  readonly perSecond: number;
  readonly total: number;
  readonly lag: number;
  readonly processes: readonly { readonly name: string; readonly partitions: number }[];
}

export interface Flow {
  readonly atMs: number;
  readonly timeScale: number;
  readonly playbookVersion: string | null;
  readonly stages: readonly FlowStage[];
  readonly watermark: { readonly timeMs: number | null; readonly delayMs: number | null };
  readonly history: readonly { readonly atMs: number; readonly perSecond: Readonly<Record<string, number>> }[];
}

export interface Person {
  readonly personId: string;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly segments: readonly string[];
  readonly changedAtMs: number;
}

export type EntryKind = 'event' | 'trigger' | 'decision' | 'report';

export interface Entry {
  readonly personId: string;
  readonly atMs: number;
  readonly kind: EntryKind;
  readonly entryId: string;
  readonly title: string;
  readonly why: string | null;
  readonly traceId: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ExplainedPerson {
  readonly person: Person | null;
  readonly personIds: readonly string[];
  readonly entries: readonly Entry[];
}

export interface Mail {
  readonly id: string;
  readonly kind: 'mail' | 'sms';
  readonly receivedAtMs: number;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
}

export interface WholeMail extends Mail {
  readonly text: string;
  readonly html: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

export interface Task {
  readonly candidateId: string;
  readonly personId: string;
  readonly messageId: string;
  readonly triggerId: string;
  readonly role: string;
  readonly title: string;
  readonly action: string;
  readonly why: string;
  readonly avoid: string;
  readonly untilMs: number;
  readonly createdAtMs: number;
  readonly withdrawnCode: string | null;
  readonly claimedBy: string | null;
  readonly claimedAtMs: number | null;
  readonly outcome: string | null;
  readonly doneBy: string | null;
  readonly doneAtMs: number | null;
}

/** What can be said of a task when it is done. */
export interface TaskOutcome {
  readonly outcome: string;
  readonly label: string;
  readonly sentence: string;
}

export type JourneyStep =
  | { readonly does: 'send'; readonly message: string; readonly channel: string | null }
  | { readonly does: 'task'; readonly message: string; readonly role: string }
  | { readonly does: 'call'; readonly message: string }
  | {
      readonly does: 'wait';
      readonly forMs: number;
      readonly until: { readonly time: string | null; readonly weekdays: readonly number[] } | null;
    }
  | {
      readonly does: 'waitFor';
      readonly anyOf: readonly (
        | { readonly kind: 'event'; readonly event: { readonly name: string } }
        | { readonly kind: 'outcome'; readonly message: string; readonly outcome: string }
      )[];
      readonly atMostMs: number;
      readonly otherwise: readonly JourneyStep[];
    }
  | {
      readonly does: 'branch';
      readonly branches: readonly { readonly if: string; readonly steps: readonly JourneyStep[] }[];
      readonly otherwise: readonly JourneyStep[];
    }
  | {
      readonly does: 'split';
      readonly id: string;
      readonly ways: readonly {
        readonly name: string;
        readonly percent: number;
        readonly steps: readonly JourneyStep[];
      }[];
    }
  | { readonly does: 'set'; readonly traits: Readonly<Record<string, unknown>> }
  | { readonly does: 'exit' };

export interface ReasonCount {
  readonly code: string;
  readonly n: number;
}

export interface Numbers {
  readonly started: number;
  readonly notStarted: readonly ReasonCount[];
  readonly proposed: number;
  readonly sent: number;
  readonly dropped: readonly ReasonCount[];
  readonly withdrawn: readonly ReasonCount[];
  readonly ended: readonly ReasonCount[];
}

export interface ListedTrigger {
  readonly kind: 'Trigger' | 'Journey';
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly owner: string;
  readonly description: string;
  readonly sentence: string;
  readonly startsWith: string | null;
  readonly numbers: Readonly<Record<'hour' | 'day' | 'ever', Numbers>>;
  /** Firings of the last day after which the person did what was hoped for; null where nothing is. */
  readonly goalsOfDay: number | null;
}

export interface Moved {
  readonly version: string;
  readonly step: string;
  readonly outcome: string;
  readonly way: string;
  readonly code: string;
  readonly n: number;
}

export interface TriggerDetail extends ListedTrigger {
  readonly definition: { readonly steps?: readonly JourneyStep[] };
  readonly yaml: string;
  /** Journeys that start with it. */
  readonly journeys: readonly string[];
  readonly curves: Readonly<Record<'hour' | 'day', readonly { readonly atMs: number; readonly n: number }[]>>;
  readonly steps: readonly Moved[];
}

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
  readonly value: string;
  readonly remedy: string;
  readonly code?: string;
}

export interface Count {
  readonly kind: EntryKind;
  readonly subject: string;
  readonly messageId: string;
  readonly channel: string;
  readonly outcome: string;
  readonly code: string;
  readonly source: string;
  readonly n: number;
}

export interface Playbook {
  readonly version: string;
  readonly timeScale: number;
  readonly definitions: readonly {
    readonly kind: string;
    readonly id: string;
    readonly version: string;
    readonly status: string;
    readonly description: string;
    readonly sentence: string;
  }[];
}

export interface WatchedLook {
  readonly triggerId: string;
  readonly verdict: string;
  readonly says: string;
  readonly reasons: readonly string[];
}

export interface WatchedEntry {
  readonly number: number;
  readonly kind: string;
  readonly atMs: number;
  readonly occurredAtMs: number | null;
  readonly title: string;
  readonly looks: readonly WatchedLook[];
  readonly notConcerned: number;
  readonly says: readonly string[];
}

export interface WatchedPerson {
  readonly personId: string;
  readonly isLive: boolean;
  readonly readPercent: number;
  readonly isCutOff: boolean;
  readonly entries: readonly WatchedEntry[];
  readonly waiting: readonly { readonly id: string; readonly dueAtMs: number; readonly line: string }[];
}

export interface PlanFault {
  readonly event: string;
  readonly field: string;
  readonly code: string;
  readonly source: string;
  readonly outcome: string;
  readonly n: number;
  readonly sentence: string;
  readonly remedy: string;
}

export interface TrackingRow {
  readonly name: string;
  readonly description: string;
  readonly plan: string | null;
  readonly seen: number;
  readonly refused: number;
  readonly faults: readonly PlanFault[];
}

export interface TrackingPlan {
  readonly days: number;
  readonly planned: readonly TrackingRow[];
  readonly unplanned: readonly TrackingRow[];
}

/** An answer that is not 2xx, with the sentence to show. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answer<T>(response: Response): Promise<T> {
  const body = (await response.json().catch(() => ({}))) as { message?: string };
  if (!response.ok) throw new ApiError(response.status, body.message ?? `The server answered ${response.status}.`);
  return body as T;
}

export const get = async <T>(path: string): Promise<T> => answer<T>(await fetch(`/api${path}`));

export const post = async <T>(path: string, body: unknown): Promise<T> =>
  answer<T>(
    await fetch(`/api${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

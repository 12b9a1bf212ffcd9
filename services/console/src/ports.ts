import type { ListedRehearsal, RehearsalReport } from '@kairos/contracts';
import type { Definition } from '@kairos/decisions';

/** Where a stage stands, as people look at it. */
export interface FlowStage {
  readonly id: string;
  readonly label: string;
  /** What the stage writes; its rate is the stage's rate. */
  readonly topic: string;
  readonly perSecond: number;
  readonly total: number;
  /** Records that wait in front of the stage. */
  readonly lag: number;
  /** The processes that share its work; empty where nobody reads, or nobody is there. */
  readonly processes: readonly StageProcess[];
}

/** A process of a stage, as Kafka knows it. */
export interface StageProcess {
  readonly name: string;
  /** How many partitions it has the care of. */
  readonly partitions: number;
}

export interface FlowSnapshot {
  readonly atMs: number;
  readonly timeScale: number;
  readonly playbookVersion: string | null;
  readonly stages: readonly FlowStage[];
  readonly watermark: { readonly timeMs: number | null; readonly delayMs: number | null };
  /** Rates of the last minutes, oldest first, one value a second and stage. */
  readonly history: readonly { readonly atMs: number; readonly perSecond: Readonly<Record<string, number>> }[];
}

/** How the flow is drawn: a stage, the topic it writes one record to per thing done, and the groups that read before it. */
export interface StagePlan {
  readonly id: string;
  readonly label: string;
  readonly topic: string;
  readonly reads: readonly { readonly group: string; readonly topic: string }[];
}

/** End offsets summed per topic at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly ends: Readonly<Record<string, number>>;
}

/** What was last seen of the groups that read before the stages. */
export interface GroupsSeen {
  /** Keyed `group topic`. */
  readonly lags: Readonly<Record<string, number>>;
  /** Keyed by group. */
  readonly processes: Readonly<Record<string, readonly StageProcess[]>>;
}

/** What to sample, and what it means. */
export interface FlowDrawing {
  readonly stages: readonly StagePlan[];
  /** Records a second between two samples; 0 when there is nothing to compare. */
  ratesBetween(before: Sample | undefined, after: Sample): Record<string, number>;
  /** The stages as they are shown. */
  stagesOf(rates: Readonly<Record<string, number>>, sample: Sample, groups: GroupsSeen): FlowStage[];
}

/** The live flow through the stages. `snapshot` answers from memory; a sampler keeps it fresh. */
export interface FlowWatch {
  snapshot(): FlowSnapshot;
  close(): Promise<void>;
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

/** What the local stack has accepted, mail or texts. */
export interface Mailbox {
  /** Latest first. */
  list(limit: number): Promise<readonly Mail[]>;
  read(id: string): Promise<WholeMail | null>;
}

/** What metrics answers; the console passes it on to the browser. */
export interface Timelines {
  get(path: string): Promise<unknown>;
  /** For questions that are too long for an address. */
  ask(path: string, body: unknown): Promise<unknown>;
}

/** A unit of work for a person in the company, as channel-dispatchers tell it; the console passes it on. */
export interface TaskList {
  readonly tasks: readonly { readonly candidateId: string }[];
  /** What can be said of a task when it is done, with words for the buttons. */
  readonly outcomes: readonly { readonly outcome: string; readonly label: string; readonly sentence: string }[];
}

export type TaskStep = 'claim' | 'release' | 'outcome';

/** The work list. A step that is refused rejects with TASK_TAKEN, TASK_CLOSED, NOT_FOUND or FIELD_INVALID and its sentence. */
export interface WorkList {
  list(): Promise<TaskList>;
  /** Answers the task as it is then. May be repeated: the same step a second time changes nothing. */
  step(candidateId: string, step: TaskStep, body: unknown): Promise<unknown>;
}

/** An event that a live tracking plan names. */
export interface PlannedEvent {
  readonly name: string;
  readonly description: string;
  /** Id of the plan. */
  readonly plan: string;
}

/** What metrics counted of events, as far as the tracking plan asks. */
export interface EventCount {
  readonly kind: string;
  readonly subject: string;
  readonly outcome: string;
  readonly n: number;
}

/** Faults of one kind against the tracking plan, as metrics answers them. */
export interface PlanFault {
  readonly event: string;
  readonly field: string;
  readonly code: string;
  readonly source: string;
  readonly outcome: string;
  readonly n: number;
  readonly lastDayMs: number;
  readonly sentence: string;
  readonly remedy: string;
}

export interface TrackingRow {
  readonly name: string;
  readonly description: string;
  /** Id of the plan; null = no plan names it. */
  readonly plan: string | null;
  readonly seen: number;
  readonly refused: number;
  readonly faults: readonly PlanFault[];
}

export interface TrackingView {
  readonly planned: readonly TrackingRow[];
  readonly unplanned: readonly TrackingRow[];
}

/** A definition that is live, with its sentence. */
export interface LiveDefinition {
  readonly kind: string;
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly description: string;
  readonly sentence: string;
}

export interface LivePlaybook {
  current(): {
    readonly version: string;
    readonly timeScale: number;
    readonly definitions: readonly LiveDefinition[];
    /** Of all live tracking plans. */
    readonly plannedEvents: readonly PlannedEvent[];
  } | null;
  /** The live definitions in their normal form, durations as the time scale made them; empty before the first activation. */
  whole(): readonly Definition[];
}

/** How one trigger looked at an entry. */
export interface WatchedLook {
  readonly triggerId: string;
  /** `fired`, `noMatch` …, and the same in words with its reason code. */
  readonly verdict: string;
  readonly says: string;
  /** Why nothing came of it: conditions with the values that they saw, gates, progress of a pattern. */
  readonly reasons: readonly string[];
}

/** One record of a person's log, as people look at it. */
export interface WatchedEntry {
  readonly number: number;
  readonly kind: string;
  readonly atMs: number;
  readonly occurredAtMs: number | null;
  readonly title: string;
  readonly looks: readonly WatchedLook[];
  /** Triggers that events of this name do not concern. */
  readonly notConcerned: number;
  readonly says: readonly string[];
}

/** A person's log that is being watched. */
export interface WatchedPerson {
  readonly personId: string;
  /** All that the log held when watching began has been read. */
  readonly isLive: boolean;
  readonly readPercent: number;
  /** Older records are gone from the log: what waited before them is not known. */
  readonly isCutOff: boolean;
  /** Latest first. */
  readonly entries: readonly WatchedEntry[];
  /** What waits, the next first. */
  readonly waiting: readonly {
    readonly id: string;
    readonly dueAtMs: number;
    /** As a sentence, with the due time by the person's own clock. */
    readonly line: string;
  }[];
}

/** Derives what the detector made of a person's records, without touching the detector. */
export interface PersonWatches {
  /** Begins to watch, or goes on: a person nobody asks for is let go after a minute. */
  look(personId: string): Promise<WatchedPerson>;
  close(): Promise<void>;
}

/** Reports of rehearsals that were handed in; the latest are kept. */
export interface Rehearsals {
  /** Latest first. */
  list(): Promise<readonly ListedRehearsal[]>;
  read(id: string): Promise<RehearsalReport | null>;
  /** Answers the id. The same report handed in again keeps its id. */
  keep(report: RehearsalReport): Promise<string>;
}

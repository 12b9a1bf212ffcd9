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
}

/** A unit of work for a person in the company. */
export interface Task {
  readonly candidateId: string;
  readonly personId: string;
  readonly role: string;
  readonly title: string;
  readonly action: string;
  readonly why: string;
  readonly avoid: string;
  readonly untilMs: number;
  readonly createdAtMs: number;
}

export interface Tasks {
  list(limit: number): Promise<readonly Task[]>;
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
  } | null;
}

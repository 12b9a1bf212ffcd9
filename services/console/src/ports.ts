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

/** The live flow through the stages. `snapshot` answers from memory; a sampler keeps it fresh. */
export interface FlowWatch {
  snapshot(): FlowSnapshot;
  close(): Promise<void>;
}

export interface Mail {
  readonly id: string;
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

/** The visible mailbox of the local stack. */
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

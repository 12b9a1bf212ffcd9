/**
 * What a rehearsal found: the same rules, the same code, over events of the past, in virtual time and without a send. The
 * command line writes it, the console shows it.
 */
export const REHEARSAL_FORMAT = 'kairos-rehearsal/1';

/** How often each reason code stood in the way. */
export type CodeCounts = Readonly<Record<string, number>>;

/** What became of proposals on one channel. */
export interface RehearsedChannel {
  /** Null where no channel was left to name, or none was asked for yet. */
  readonly channel: string | null;
  readonly chosen: number;
  /** Deferrals: a candidate that was put off twice counts twice. */
  readonly deferred: CodeCounts;
  readonly dropped: CodeCounts;
  readonly withdrawn: CodeCounts;
  /** Who came first where another one did, by trigger: how often. */
  readonly displacedBy: CodeCounts;
  /** In the company's currency. */
  readonly cost: number;
}

export interface RehearsedTrigger {
  readonly triggerId: string;
  readonly fired: number;
  readonly notStarted: CodeCounts;
  /** By the trigger, and by the journeys that it starts. */
  readonly proposed: number;
  readonly channels: readonly RehearsedChannel[];
}

export interface RehearsedDay {
  /** Midnight UTC. */
  readonly dayMs: number;
  readonly events: number;
  readonly fired: number;
  readonly chosen: number;
  readonly deferred: number;
  readonly dropped: number;
}

/** One line of a person's story. */
export interface RehearsedMoment {
  readonly atMs: number;
  /** event, fired, notStarted, chosen, deferred, dropped or withdrawn. */
  readonly kind: string;
  readonly text: string;
}

export interface RehearsedTimeline {
  readonly personId: string;
  readonly moments: readonly RehearsedMoment[];
  /** Moments that were left out at the end: a story is told so far and no further. */
  readonly more: number;
}

export interface RehearsedPersons {
  readonly all: number;
  /** Somebody proposed a message for them. */
  readonly proposedTo: number;
  /** At least one message was chosen. */
  readonly reached: number;
  /** Something was proposed, and nothing was chosen. */
  readonly leftWithout: number;
}

/** One playbook over the events. */
export interface RehearsedRun {
  readonly label: string;
  /** Where the playbook came from. */
  readonly playbook: string;
  readonly version: string;
  readonly persons: RehearsedPersons;
  readonly totals: {
    readonly fired: number;
    readonly notStarted: number;
    readonly proposed: number;
    readonly chosen: number;
    readonly deferred: number;
    readonly dropped: number;
    readonly withdrawn: number;
    /** Proposals that were not decided for good when the rehearsal ended. */
    readonly waiting: number;
    readonly cost: number;
  };
  readonly triggers: readonly RehearsedTrigger[];
  /** How many persons got how many messages; 0 counts everybody else. Sorted by messages. */
  readonly messagesPerPerson: readonly { readonly messages: number; readonly persons: number }[];
  readonly days: readonly RehearsedDay[];
  readonly timelines: readonly RehearsedTimeline[];
  /** Events that the stages refused, by code. */
  readonly refused: CodeCounts;
}

/** A person whose fate is another one under B. */
export interface RehearsedDifference {
  readonly personId: string;
  readonly a: RehearsedTimeline | null;
  readonly b: RehearsedTimeline | null;
}

export interface RehearsalReport {
  readonly format: typeof REHEARSAL_FORMAT;
  readonly name: string;
  /** When it was made, UTC ms. */
  readonly madeAtMs: number;
  readonly currency: string;
  readonly events: {
    /** In words: files, folder or topic. */
    readonly from: string;
    readonly count: number;
    readonly firstAtMs: number;
    readonly lastAtMs: number;
    /** Lines that are no event. */
    readonly unreadable: number;
    /** Came later than their time: they were taken as late news. */
    readonly late: number;
  };
  /** Where virtual time ended, and whether anything was still waiting then. */
  readonly end: { readonly atMs: number; readonly isQuiet: boolean };
  readonly tookMs: number;
  readonly runs: readonly RehearsedRun[];
  /** Set when two playbooks were compared. */
  readonly difference: {
    readonly persons: number;
    readonly samples: readonly RehearsedDifference[];
  } | null;
}

/** A report of a rehearsal, as it stands in the list. */
export interface ListedRehearsal {
  readonly id: string;
  readonly name: string;
  readonly madeAtMs: number;
  readonly events: number;
  readonly from: string;
  readonly playbooks: readonly string[];
  /** Of the first playbook. */
  readonly chosen: number;
  /** Persons whose fate differs; null when one playbook was rehearsed. */
  readonly different: number | null;
}

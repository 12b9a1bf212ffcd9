/** Reports of rehearsals, as the server answers them. */
export interface ListedRehearsal {
  readonly id: string;
  readonly name: string;
  readonly madeAtMs: number;
  readonly events: number;
  readonly from: string;
  readonly playbooks: readonly string[];
  readonly chosen: number;
  readonly different: number | null;
}

export type {
  CodeCounts,
  RehearsalReport,
  RehearsedRun,
  RehearsedTimeline,
  RehearsedTrigger,
} from '@kairos/contracts';

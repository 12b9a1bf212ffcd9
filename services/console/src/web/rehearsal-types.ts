/** Reports of rehearsals, as the server answers them. */
export type {
  CodeCounts,
  ListedRehearsal,
  RehearsalReport,
  RehearsedRun,
  RehearsedTimeline,
  RehearsedTrigger,
} from '@kairos/contracts';

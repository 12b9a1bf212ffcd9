import { type CompiledPlaybook, compileRead, PersonTrace, type TraceEntry } from '@kairos/decisions';
import { type FollowProgress, followPerson, type PlaybookReader, startPlaybookReader } from '@kairos/stream-kit';
import type { OpenLog } from '../house/log.ts';

export interface WatchOptions {
  readonly personId: string;
  /** Go on with what comes, until closed. */
  readonly follow: boolean;
  onEntry(entry: TraceEntry): void;
  onProgress(progress: FollowProgress): void;
  /** What the log held when reading began has been read. */
  onCaughtUp(trace: PersonTrace): void;
}

/** A person's log that is being read. */
export interface PersonWatch {
  /** Resolves at the end of the log, or when closed; rejects when reading failed for good. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}

/** Every playbook that was ever active, as the detector compiles them. */
export const readPlaybooks = (
  { kafka, serde }: OpenLog,
  fail: (error: Error) => void,
): Promise<PlaybookReader<CompiledPlaybook>> =>
  startPlaybookReader({
    kafka,
    serde,
    compile: compileRead,
    fail,
  });

/** Reads a person's log and traces what the detector made of it, without touching the detector. */
export async function watchPerson(
  log: OpenLog,
  playbooks: PlaybookReader<CompiledPlaybook>,
  { personId, follow, onEntry, onProgress, onCaughtUp }: WatchOptions,
): Promise<PersonWatch> {
  const trace = new PersonTrace(personId, onEntry);
  return followPerson({
    kafka: log.kafka,
    serde: log.serde,
    playbooks,
    personId,
    follow,
    onRecord: trace.onRecord,
    onTime: trace.onTime,
    onPlaybook: trace.onPlaybook,
    onProgress,
    onCaughtUp: () => onCaughtUp(trace),
  });
}

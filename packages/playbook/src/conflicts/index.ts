import type { Status } from '@kairos/decisions';
import { bookOf } from './book.ts';
import { type Conflict, type ConflictInput, toConflict } from './conflict.ts';
import { findRuleConflicts } from './contact-rules.ts';
import { findLoops } from './loops.ts';
import { findNeverFiring } from './never-fires.ts';
import { findQuietConflicts } from './quiet-hours.ts';
import { findSameStarts } from './same-start.ts';

export { type ConflictCode, conflictCodes } from './codes.ts';
export type { Conflict, ConflictInput, DefinitionName } from './conflict.ts';

export interface ConflictOptions {
  /** Definitions that take part; what is live or paused unless given: a draft is in nobody's way. */
  readonly statuses?: readonly Status[];
}

/**
 * Where parts of a playbook stand in each other's way, or one in its own: in order of file and line. Pure, and of
 * definitions that lint lets pass; what lint refuses is found there. Conservative: an error is certain, and two triggers
 * are named together only while nothing proves that they never meet.
 */
export function findConflicts(
  parsed: ConflictInput,
  { statuses = ['live', 'paused'] }: ConflictOptions = {},
): Conflict[] {
  const book = bookOf(parsed.definitions, new Set(statuses));
  const findings = [findSameStarts, findNeverFiring, findRuleConflicts, findQuietConflicts, findLoops].flatMap((find) =>
    find(book),
  );
  const found = findings.map((finding) => toConflict(parsed, finding));
  return found.sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
}

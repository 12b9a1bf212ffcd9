import type { Definition } from '@kairos/decisions';
import { type LintIssue, shorten } from '../lint-issue.ts';
import type { Path, SourceDocument } from '../yaml-source.ts';

/** What the checks know of the whole playbook. */
export interface Index {
  readonly of: (kind: Definition['kind']) => ReadonlyMap<string, Definition>;
}

export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly value?: unknown;
  readonly remedy: string;
  readonly severity?: 'error' | 'warning';
  /** How many characters (and lines) behind the start of the value the fault lies. */
  readonly offset?: number;
}

/** Gives a finding its place. */
export function toIssue(document: SourceDocument, finding: Finding): LintIssue {
  const { path, message, value, remedy, severity = 'error', offset = 0 } = finding;
  const { line, column } = document.placeOf(path);
  return {
    severity,
    file: document.file,
    line,
    column: column + offset,
    path: path.join('.'),
    message,
    value: shorten(value),
    remedy,
  };
}

import { checkCondition, conditionTextOf, type Definition } from '@kairos/decisions';
import { type LintIssue, shorten } from '../lint-issue.ts';
import { leavesIn, type PlacedLeaf } from '../schema/condition.ts';
import { valueAt } from '../schema-issues.ts';
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
  const inTree = leafOf(document, finding);
  const at = inTree?.path ?? path;
  const { line, column } = document.placeOf(at);
  return {
    severity,
    file: document.file,
    line,
    column: column + offset,
    path: at.join('.'),
    message,
    value: shorten(inTree === null ? value : inTree.leaf),
    remedy,
  };
}

/** The comparison in a tree that a finding is about: a condition's text is not what people wrote there. */
function leafOf(document: SourceDocument, { path, message }: Finding): PlacedLeaf | null {
  // A `where` stands beside the events that it restricts, and findings name the events.
  for (let depth = path.length; depth > 0; depth -= 1) {
    const above = path.slice(0, depth);
    const found = leavesIn(valueAt(document.value, above), above).find(({ leaf }) => isAbout(leaf, message));
    if (found !== undefined) return found;
  }
  return null;
}

function isAbout(leaf: PlacedLeaf['leaf'], message: string): boolean {
  if (typeof leaf !== 'string' && message === `there is no segment “${String(leaf.value)}”`) return true;
  return checkCondition(conditionTextOf(leaf)).some((fault) => fault.message === message);
}

import type { Definition } from '@kairos/decisions';
import { type LintIssue, shorten } from '../lint-issue.ts';
import type { Path, Place } from '../yaml-source.ts';
import { type ConflictCode, conflictCodes } from './codes.ts';

/** Names a definition. */
export interface DefinitionName {
  readonly kind: Definition['kind'];
  readonly id: string;
}

/** A finding of `findConflicts`: one of lint, with its code and the definitions that take part. */
export interface Conflict extends LintIssue {
  readonly code: ConflictCode;
  /** Where it is shown, and where it is best put right. */
  readonly in: DefinitionName;
  /** What it is in conflict with; empty where a definition stands in its own way. */
  readonly with: readonly DefinitionName[];
}

/**
 * A playbook in which conflicts are looked for. `placeOf` is that of `parsePlaybook`; without it, as for definitions that
 * were read from the log, a conflict's file is `kind/id` and its place 1:1.
 */
export interface ConflictInput {
  /** In normal form, unscaled. */
  readonly definitions: readonly Definition[];
  placeOf?(definition: Definition, path: Path): (Place & { readonly file: string }) | null;
}

export interface ConflictFinding {
  readonly code: ConflictCode;
  readonly definition: Definition;
  /** As people write it. */
  readonly path: Path;
  readonly value?: unknown;
  readonly with?: readonly Definition[];
  /** What the code's texts name in braces. */
  readonly words: Readonly<Record<string, string>>;
}

export const nameOf = ({ kind, id }: Definition): DefinitionName => ({ kind, id });

export function toConflict(input: ConflictInput, finding: ConflictFinding): Conflict {
  const { code, definition, path, value, words } = finding;
  const { severity, sentence, remedy } = conflictCodes[code];
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => words[name] ?? '…');
  const place = input.placeOf?.(definition, path) ?? {
    file: `${definition.kind}/${definition.id}`,
    line: 1,
    column: 1,
  };
  return {
    code,
    severity,
    file: place.file,
    line: place.line,
    column: place.column,
    path: path.join('.'),
    message: fill(sentence),
    value: shorten(value),
    remedy: fill(remedy),
    in: nameOf(definition),
    with: (finding.with ?? []).map(nameOf),
  };
}

import { type Document, isMap, isPair, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { LintIssue } from './lint-issue.ts';

export interface PlaybookFile {
  /** As shown in findings; relative names inside a file are resolved against it. */
  readonly path: string;
  readonly text: string;
}

export type Path = readonly (string | number)[];
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One YAML document of a file, with the way from a path to its place. */
export interface SourceDocument {
  readonly file: string;
  readonly value: unknown;
  /** Place of the value at the path, or of the nearest thing above it that exists. */
  placeOf(path: Path): Place;
  /** Place of the last name of the path itself, as for an unknown field. */
  placeOfKey(path: Path): Place;
}

const MAX_FILE = 1_000_000;

/** Reads all documents of a file. What is not YAML is a finding; the rest of the file is still read. */
export function readDocuments(file: PlaybookFile): { documents: SourceDocument[]; issues: LintIssue[] } {
  const lines = new LineCounter();
  if (file.text.length > MAX_FILE) {
    return { documents: [], issues: [issueAt(file, { line: 1, column: 1 }, `is larger than ${MAX_FILE} characters`)] };
  }
  const parsed = parseAllDocuments(file.text, { lineCounter: lines, prettyErrors: false });
  const documents: SourceDocument[] = [];
  const issues: LintIssue[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const error of [...document.errors, ...document.warnings]) {
      issues.push(issueAt(file, placeAt(lines, error.pos[0]), error.message));
    }
    if (document.errors.length > 0 || document.contents === null) continue;
    try {
      const read = sourceDocument(file.path, document, lines);
      if (read.value !== null && read.value !== undefined) documents.push(read);
    } catch (error) {
      // An alias bomb is refused by the reader.
      const message = error instanceof Error ? error.message : 'cannot be read';
      issues.push(issueAt(file, { line: 1, column: 1 }, message));
    }
  }
  return { documents, issues };
}

function issueAt(file: PlaybookFile, place: Place, message: string): LintIssue {
  const remedy = 'write YAML 1.2; an editor with YAML support shows the place';
  return {
    severity: 'error',
    file: file.path,
    ...place,
    path: '',
    message: `not valid YAML: ${message}`,
    value: '',
    remedy,
  };
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function sourceDocument(file: string, document: Document, lines: LineCounter): SourceDocument {
  const at = (path: Path): unknown => document.getIn(path, true);
  const offsetOf = (node: unknown): number | undefined =>
    typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
      ? (node.range[0] as number)
      : undefined;
  const placeOf = (path: Path): Place => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const offset = offsetOf(at(path.slice(0, depth)));
      if (offset !== undefined) return placeAt(lines, offset);
    }
    return placeAt(lines, offsetOf(document.contents) ?? 0);
  };
  const placeOfKey = (path: Path): Place => {
    const name = path.at(-1);
    const parent = path.length === 1 ? document.contents : at(path.slice(0, -1));
    const pair = isMap(parent)
      ? parent.items.find((one) => isPair(one) && isScalar(one.key) && one.key.value === name)
      : undefined;
    const offset = offsetOf(pair?.key);
    return offset === undefined ? placeOf(path) : placeAt(lines, offset);
  };
  return { file, value: document.toJS({ maxAliasCount: 100 }), placeOf, placeOfKey };
}

import { distance } from 'fastest-levenshtein';

/** One finding in a file of the playbook, with its place, the value and what to do. */
export interface LintIssue {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Path in the definition, such as `when.within`; empty for the definition as a whole. */
  readonly path: string;
  readonly message: string;
  /** The value at fault, shortened. */
  readonly value: string;
  readonly remedy: string;
}

/** `playbook/cart-left.yaml:7:3 error when.within: …`, on one line. */
export function formatIssue(issue: LintIssue): string {
  const { file, line, column, severity, path, message, value, remedy } = issue;
  const where = path === '' ? '' : `${path}: `;
  const what = value === '' ? '' : ` (${value})`;
  return `${file}:${line}:${column} ${severity} ${where}${message}${what}${remedy === '' ? '' : ` — ${remedy}`}`;
}

/** The known name that was probably meant, or null if none is near. */
export function nearest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const [written, other] = [name.toLowerCase(), candidate.toLowerCase()];
    // Half a name is near: “lower” means lowerAscii.
    const away = written.length >= 4 && other.startsWith(written) ? 1 : distance(written, other);
    if (away < least) {
      least = away;
      best = candidate;
    }
  }
  return best;
}

/** “did you mean x?”, or the known names where none is near. */
export function suggest(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== null) return `did you mean “${near}”?`;
  if (names.length === 0) return 'there is none yet';
  return `known are ${names.slice(0, 30).join(', ')}${names.length > 30 ? ' …' : ''}`;
}

export function shorten(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

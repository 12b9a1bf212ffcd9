import { idsOf } from '../shares/connected-ids.ts';
import type { Glimpse } from './history.ts';
import { type CallSource, parseLine } from './parse-line.ts';

/** Words in a line that may name its sender in other places than a glance looks at, or name two. */
const LOOK_CLOSER = /email|phone|card|previousId|anonymousId|\\u/;
const LOOK_YET_CLOSER = /email|phone|card|previousId|\\u/;

const BEYOND_ASCII = /[\x80-\xff]/;

/**
 * What a line says that was read as a character for each byte: for most it is the same, and to find that out costs less
 * than to decode them.
 */
export const textOf = (line: string): string =>
  BEYOND_ASCII.test(line) ? Buffer.from(line, 'latin1').toString('utf8') : line;

/**
 * When the event of a line happened, and to whom, at the cost of a look: for most lines parsing them would cost several
 * times as much. It may be mistaken (a property may bear the name of a field), so whoever parses the line later compares.
 * Null = only parsing can tell.
 */
export function glanceAt(line: string): Glimpse | null {
  if (!LOOK_CLOSER.test(line)) {
    const userId = textIn(line, '"userId":');
    const atMs = timeIn(line);
    return typeof userId === 'string' && atMs !== undefined ? { atMs, ids: [`user:${userId}`], line } : null;
  }
  if (LOOK_YET_CLOSER.test(line)) return null;
  const atMs = timeIn(line);
  const userId = textIn(line, '"userId":');
  const anonymousId = textIn(line, '"anonymousId":');
  if (atMs === undefined || userId === undefined || anonymousId === undefined) return null;
  if (anonymousId === null) return userId === null ? null : { atMs, ids: [`user:${userId}`], line };
  return { atMs, ids: userId === null ? [`anon:${anonymousId}`] : [`user:${userId}`, `anon:${anonymousId}`], line };
}

/** The same by parsing the line, or a sentence of what is wrong with it. */
export function lookAt(line: string, source: CallSource): Glimpse | string {
  const parsed = parseLine(textOf(line), source);
  return typeof parsed === 'string' ? parsed : { atMs: parsed.atMs, ids: idsOf(parsed.event), line };
}

/** Not the text that it stands for: something is escaped, or encoded. */
const UNLIKE_TEXT = /[\\\x80-\xff]/;

/** The text of a field where it is named first; null = there is none; undefined = not to be told at a glance. */
function textIn(line: string, name: string): string | null | undefined {
  const at = line.indexOf(name);
  if (at < 0) return null;
  const from = at + name.length + 1;
  if (line[from - 1] !== '"') return line.startsWith('null', from - 1) ? null : undefined;
  const to = line.indexOf('"', from);
  const text = line.slice(from, to);
  return to <= from || UNLIKE_TEXT.test(text) ? undefined : text;
}

const LOGGED = '"occurredAtMs":';

function timeIn(line: string): number | undefined {
  const at = line.indexOf(LOGGED);
  if (at < 0) {
    const said = textIn(line, '"timestamp":');
    const atMs = typeof said === 'string' ? Date.parse(said) : Number.NaN;
    return Number.isNaN(atMs) ? undefined : atMs;
  }
  const atMs = Number.parseInt(line.slice(at + LOGGED.length, at + LOGGED.length + 16), 10);
  return Number.isNaN(atMs) ? undefined : atMs;
}

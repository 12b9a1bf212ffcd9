import { type FilterHandler, type FilterThis, Liquid } from 'liquidjs';

/** How `{{ … }}` is written into the text. */
export type Escape = 'html' | 'json' | 'none';

/** Thrown by `{% abort "why" %}`. */
export class AbortError extends Error {
  constructor(reason: string) {
    super(reason === '' ? 'The template asked not to send.' : reason);
    this.name = 'AbortError';
  }
}

export const MAX_TEMPLATE = 400_000;

/** Tags that would read another file. */
const refusedTags = ['include', 'render', 'layout', 'block'];
/**
 * `raw` would let a customer's words through as markup; `sample` is random; the others evaluate text as code or write
 * dates in the machine's own zone.
 */
const refusedFilters = [
  'raw',
  'sample',
  'where_exp',
  'reject_exp',
  'group_by_exp',
  'has_exp',
  'find_exp',
  'find_index_exp',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
  'inspect',
];

/** A text as it stands between the quotes of a JSON string; other values as JSON. */
function escapeJson(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' ? JSON.stringify(text).slice(1, -1) : text;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};
const escapeHtml = (value: unknown): string =>
  String(value ?? '').replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

const escapes: Readonly<Record<Escape, object>> = {
  html: { outputEscape: 'escape' },
  json: { outputEscape: escapeJson },
  none: {},
};

/** One engine per way of escaping. No file access, own properties only, bounded in size, memory and time. */
export function createEngine(mode: Escape): Liquid {
  const engine = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: false,
    parseLimit: MAX_TEMPLATE * 2,
    renderLimit: 250,
    memoryLimit: 2_000_000,
    timezoneOffset: 'UTC',
    locale: 'en-US',
    templates: {},
    ...escapes[mode],
  });
  for (const tag of refusedTags) delete engine.tags[tag];
  for (const filter of refusedFilters) engine.unregisterFilter(filter);
  engine.registerFilter('date', dateFilter(engine.filters.date));
  if (mode === 'json') {
    engine.registerFilter('json', { raw: true, handler: (value) => JSON.stringify(value ?? null) });
  }
  if (mode === 'html') {
    // What is put in is escaped anyway; once is enough.
    engine.registerFilter('escape', (value) => value);
    engine.registerFilter('newline_to_br', {
      raw: true,
      handler: (value) => escapeHtml(value).replaceAll('\n', '<br>\n'),
    });
  }
  engine.registerTag('abort', {
    parse(token) {
      this.reason = token.args.trim().replace(/^(["'])(.*)\1$/, '$2');
    },
    render() {
      throw new AbortError(this.reason ?? '');
    },
  });
  return engine;
}

/** `date` in the person's zone, of UTC ms, of ISO text, of a day, and of `now`, which is the time given and never a clock. */
function dateFilter(original: Liquid['filters'][string] | undefined): FilterHandler {
  const format = typeof original === 'function' ? original : original?.handler;
  return function date(this: FilterThis, value, pattern, zone) {
    const given = value === 'now' || value === 'today' ? this.context.getSync(['now']) : value;
    const atMs = toMs(given);
    if (atMs === null || format === undefined) return typeof given === 'string' ? given : '';
    // A day of the calendar is that day everywhere: 20 December does not become the 19th in New York.
    const isDay = typeof given === 'string' && CALENDAR_DAY.test(given);
    const home = isDay ? 'UTC' : (zone ?? this.context.getSync(['profile', 'zone']) ?? 'UTC');
    return format.call(this, new Date(atMs), pattern ?? '%d %B %Y', home);
  };
}

const CALENDAR_DAY = /^\d{4}-\d\d-\d\d$/;

function toMs(value: unknown): number | null {
  const ms = typeof value === 'string' ? textToMs(value) : value;
  return typeof ms === 'number' && Number.isFinite(ms) && Math.abs(ms) < 8e15 ? ms : null;
}

/** ISO text; without an offset it is UTC, so that every machine reads it alike. */
function textToMs(text: string): number | null {
  if (/^\d{10,14}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return null;
  const hasOffset = /(Z|[+-]\d\d:?\d\d)$/.test(text.slice(10)) || text.length === 10;
  return new Date(hasOffset ? text : `${text}Z`).getTime();
}

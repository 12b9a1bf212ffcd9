import type { Liquid, Template } from 'liquidjs';
import { AbortError, createEngine, type Escape, MAX_TEMPLATE } from './engine.ts';
import { PlaceholderError, placeholdersToLiquid } from './placeholders.ts';

export interface RenderOptions {
  /** Escape what is put in for HTML (default for e-mail and on-site bodies). */
  readonly html: boolean;
  /** Escape what is put in for the inside of JSON strings (webhook bodies). `{{ x | json }}` writes a whole value. */
  readonly json?: boolean;
  /** Fold line breaks into spaces: a header such as the subject must stay one line. */
  readonly singleLine?: boolean;
}

export type Rendered =
  | { readonly error: null; readonly text: string }
  | { readonly error: 'TEMPLATE_ERROR' | 'TEMPLATE_ABORT'; readonly text: null; readonly message: string };

const engines = new Map<Escape, Liquid>();
function engineFor(mode: Escape): Liquid {
  const known = engines.get(mode);
  if (known !== undefined) return known;
  const engine = createEngine(mode);
  engines.set(mode, engine);
  return engine;
}

// Parsing is a pure function of the text; bounded because texts come from people.
const parsed = new Map<string, Template[]>();
const MAX_PARSED = 500;

function parse(text: string, mode: Escape): Template[] {
  if (text.length > MAX_TEMPLATE) {
    throw new PlaceholderError(`The template has ${text.length} characters; at most ${MAX_TEMPLATE} are allowed.`);
  }
  const key = `${mode}:${text}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const template = engineFor(mode).parse(placeholdersToLiquid(text));
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(key, template);
  return template;
}

/**
 * Renders a Liquid template with `%%FirstName%%` placeholders. Never throws: a fault is TEMPLATE_ERROR, `{% abort %}` is
 * TEMPLATE_ABORT. `data` is plain JSON: profile, evidence, company, now (UTC ms) … ; unknown variables are empty.
 */
export function renderTemplate(text: string, data: object, options: RenderOptions): Rendered {
  const mode: Escape = options.html ? 'html' : options.json === true ? 'json' : 'none';
  try {
    const rendered = engineFor(mode).renderSync(parse(text, mode), data);
    return { error: null, text: options.singleLine === true ? toSingleLine(rendered) : rendered };
  } catch (error) {
    const abort = abortIn(error);
    if (abort !== undefined) return { error: 'TEMPLATE_ABORT', text: null, message: abort.message };
    return { error: 'TEMPLATE_ERROR', text: null, message: messageOf(error) };
  }
}

/** Controls, among them CR and LF, and the line breaks of Unicode become one space: nobody adds a header this way. */
function toSingleLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is removed here
  return text.replaceAll(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
}

/** liquidjs wraps what a tag throws. */
function abortIn(error: unknown): AbortError | undefined {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if (at instanceof AbortError) return at;
    at = 'originalError' in at ? at.originalError : at.cause;
  }
  return undefined;
}

/** Without liquidjs' excerpt of the template, which may hold a customer's words. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? error.message).slice(0, 300) : 'The template failed.';

/** Why a template cannot be used, or null. The message ends with liquidjs' `line:…, col:…` where it knows them. */
export function checkTemplate(text: string): string | null {
  try {
    parse(text, 'html');
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Variables that a template takes from its data, as paths (`profile.firstName`); none for a faulty template. */
export function templateReads(text: string): readonly string[] {
  try {
    const segments = engineFor('html').globalVariableSegmentsSync(parse(text, 'html'));
    const paths = segments.map((path) => {
      // A computed key (a list here) or an index ends what can be known.
      const known = path.findIndex((part) => typeof part !== 'string');
      return path.slice(0, known < 0 ? path.length : known).join('.');
    });
    return [...new Set(paths)].filter((path) => path !== '').sort();
  } catch {
    return [];
  }
}

/** The same, below `profile`, two fields deep: what must travel for the template. `*` = the whole profile. */
export function profileReads(text: string): readonly string[] {
  const paths = templateReads(text)
    .map((path) => path.split('.'))
    .filter(([root]) => root === 'profile')
    .map(([, ...path]) => (path.length === 0 ? '*' : path.slice(0, 2).join('.')));
  return [...new Set(paths)].sort();
}

/** Variables that every template may use. */
export const templateVariables: readonly string[] = [
  'profile',
  'evidence',
  'event',
  'properties',
  'segments',
  'company',
  'now',
  'unsubscribeUrl',
];

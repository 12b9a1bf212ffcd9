import type { z } from 'zod';
import { type LintIssue, shorten, suggest } from './lint-issue.ts';
import type { Path, SourceDocument } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** Turns what the schema found into findings with place, value and remedy. */
export function issuesOf(error: z.ZodError, schema: z.ZodType, document: SourceDocument): LintIssue[] {
  return error.issues.flatMap((issue) => flatten(issue, [])).flatMap((issue) => toIssues(issue, schema, document));
}

interface Flat {
  readonly issue: Issue;
  readonly path: Path;
}

/** For a choice of forms, the findings of the form that was most likely meant. */
function flatten(issue: Issue, prefix: Path): Flat[] {
  const path = [...prefix, ...(issue.path as Path)];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  const branches = issue.errors.map((branch) => branch.flatMap((one) => flatten(one, path)));
  const likely = branches.reduce((best, branch) =>
    strangeness(branch, path) < strangeness(best, path) ? branch : best,
  );
  return likely.some((one) => isWrongShape(one, path)) ? [{ issue, path }] : likely;
}

/** The value is of another shape altogether, such as a text where a list may stand. */
const isWrongShape = ({ issue, path }: Flat, of: Path) =>
  (issue.code === 'invalid_type' || issue.code === 'invalid_union') && path.length === of.length;

function strangeness(branch: readonly Flat[], of: Path): number {
  return branch.reduce((sum, one) => {
    if (isWrongShape(one, of)) return sum + 10_000;
    return sum + (one.issue.code === 'unrecognized_keys' ? one.issue.keys.length * 100 : 1);
  }, 0);
}

function toIssues({ issue, path }: Flat, schema: z.ZodType, document: SourceDocument): LintIssue[] {
  const base = { severity: 'error' as const, file: document.file };
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...base,
      ...document.placeOfKey([...path, key]),
      path: [...path, key].join('.'),
      message: `unknown field “${key}”`,
      value: shorten(valueAt(document.value, [...path, key])),
      remedy: suggest(key, keysAt(schema, path)),
    }));
  }
  const value = valueAt(document.value, path);
  const place = value === undefined ? document.placeOf(path.slice(0, -1)) : document.placeOf(path);
  const at = { ...base, ...place, path: path.join('.'), value: shorten(value) };
  if (value === undefined) return [{ ...at, message: 'is missing', remedy: `add ${path.at(-1) ?? 'it'}` }];
  return [{ ...at, ...wordsFor(issue, value) }];
}

function wordsFor(issue: Issue, value: unknown): Pick<LintIssue, 'message' | 'remedy'> {
  switch (issue.code) {
    case 'invalid_value': {
      const values = issue.values.map(String);
      return { message: `must be one of ${values.join(', ')}`, remedy: suggest(String(value), values) };
    }
    case 'invalid_type':
      if (typeof value === 'number' && !Number.isFinite(value))
        return { message: 'must be a finite number', remedy: 'write the number that is meant' };
      return { message: `must be ${article(issue.expected)}`, remedy: `it is ${article(kindOf(value))}` };
    case 'too_small':
      return { message: `must be at least ${issue.minimum}`, remedy: 'raise it' };
    case 'too_big':
      return { message: `must be at most ${issue.maximum}`, remedy: 'lower it' };
    case 'invalid_key':
      return { message: issue.issues[0]?.message ?? issue.message, remedy: 'rename it' };
    case 'invalid_union':
      return { message: `has none of the allowed forms`, remedy: 'see docs/reference/playbook.md for the forms' };
    default:
      return { message: issue.message, remedy: 'correct the value' };
  }
}

export const kindOf = (value: unknown) => (value === null ? 'nothing' : Array.isArray(value) ? 'list' : typeof value);
const article = (kind: string) => {
  const word = kind === 'object' || kind === 'record' ? 'group of fields' : kind === 'array' ? 'list' : kind;
  if (word === 'nothing') return word;
  return /^[aeiou]/.test(word) ? `an ${word}` : `a ${word === 'string' ? 'text' : word}`;
};

export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** Field names that the schema knows at a path, over all forms it may have there. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  let level = unwrap(schema);
  for (const key of path) level = level.flatMap((one) => childOf(one, key)).flatMap(unwrap);
  return [...new Set(level.flatMap((one) => Object.keys(shapeOf(one))))];
}

interface AnyDef {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  /** Of a schema that contains itself. */
  readonly getter?: () => z.ZodType;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
}
const defOf = (schema: z.ZodType) => schema._zod.def as unknown as AnyDef;
const shapeOf = (schema: z.ZodType) => defOf(schema).shape ?? {};

function unwrap(schema: z.ZodType): z.ZodType[] {
  const def = defOf(schema);
  if (def.innerType !== undefined) return unwrap(def.innerType);
  if (def.type === 'pipe' && def.in !== undefined) return unwrap(def.in);
  if (def.getter !== undefined) return unwrap(def.getter());
  return def.options === undefined ? [schema] : def.options.flatMap(unwrap);
}

function childOf(schema: z.ZodType, key: string | number): z.ZodType[] {
  const def = defOf(schema);
  const child = typeof key === 'number' ? def.element : def.shape?.[key];
  return child === undefined ? [] : [child];
}

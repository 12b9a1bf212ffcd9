import { readFileSync } from 'node:fs';
import { KairosError } from '@kairos/contracts';
import type { KeySpec } from './key-spec.ts';
import { nearest } from './nearest.ts';

/** The keys of a service, by name. */
// biome-ignore lint/suspicious/noExplicitAny: the values of one service's keys have different types.
export type ConfigKeys = Readonly<Record<string, KeySpec<any>>>;

export interface ConfigSchema<K extends ConfigKeys> {
  readonly keys: K;
  /** Names that begin like this and are not in `keys` are faults. */
  readonly ownPrefixes: readonly string[];
  /** Keys that only make sense with each other: all are set, or none. */
  readonly together: readonly (readonly string[])[];
}

/** The validated, frozen configuration: key → value. */
export type ConfigOf<S> =
  S extends ConfigSchema<infer K> ? { readonly [N in keyof K]: K[N] extends KeySpec<infer T> ? T : never } : never;

export interface ConfigFault {
  readonly key: string;
  /** What is wrong, with the value unless it is secret. */
  readonly problem: string;
  readonly expects: string;
  readonly remedy: string;
}

/** The environment is not usable. Holds every fault; `runService` prints it and ends with code 78. */
export class ConfigError extends KairosError {
  readonly faults: readonly ConfigFault[];
  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(
      ({ key, problem, expects, remedy }) => `  ${key} ${problem}. Expected: ${expects}. ${remedy}`,
    );
    super('CONFIG_INVALID', `The configuration has ${faults.length} fault(s):\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Names that belong to the launcher or to other rooms: never a fault, whichever service meets them. */
const SHARED_NAMES = new Set([
  'KAIROS_INSTANCE',
  'KAIROS_PARTITIONS',
  'KAIROS_HOME',
  'KAIROS_CACHE',
  'KAIROS_TEST_STACK',
  'KAIROS_SHARED_DATA',
  'KAIROS_POSTGRES',
  'KAIROS_REDIS',
  'KAIROS_MAILBOX_DIR',
  'KAIROS_SMS_DIR',
]);
/** Families that the local stack reads (ports and sizes of its parts). */
const SHARED_FAMILIES = /^KAIROS_(KAFKA|POSTGRES|REDIS|REGISTRY|SMTP|MAILBOX|SMS|STACK|TEST|DEMO|SIMULATION|CLI)_/;

/**
 * Declares the environment keys of a service. `ownPrefixes` (such as `COLLECTOR_`) are names that only this service
 * uses: an unknown one is a fault. `together`: keys of which none may be missing where one is set.
 */
export const defineConfig = <K extends ConfigKeys>(
  keys: K,
  options: {
    readonly ownPrefixes?: readonly string[];
    readonly together?: readonly (readonly (keyof K & string)[])[];
  } = {},
): ConfigSchema<K> => Object.freeze({ keys, ownPrefixes: options.ownPrefixes ?? [], together: options.together ?? [] });

export type Environment = Readonly<Record<string, string | undefined>>;

interface Raw {
  readonly text?: string;
  readonly from: string;
  readonly fault?: ConfigFault;
}

type ReadFile = (path: string) => string;

interface Surroundings {
  readonly environment: Environment;
  readonly readFile: ReadFile;
}

function rawOf(key: string, spec: KeySpec<unknown>, from: Surroundings): Raw {
  const { environment, readFile } = from;
  const direct = environment[key];
  const fileKey = `${key}_FILE`;
  const file = spec.secret ? environment[fileKey] : undefined;
  const text = direct === undefined || direct.trim() === '' ? undefined : direct;
  if (file === undefined || file.trim() === '') return text === undefined ? { from: key } : { text, from: key };
  const fault = (problem: string, remedy: string): Raw => ({
    from: fileKey,
    fault: { key: fileKey, problem, expects: `the path of a file that holds ${key}`, remedy },
  });
  if (text !== undefined) return fault(`is set, and so is ${key}`, 'Set one of the two.');
  try {
    const content = readFile(file).trim();
    return content === '' ? fault('names an empty file', 'Write the value into it.') : { text: content, from: fileKey };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return fault(`names a file that cannot be read (${code})`, 'Correct the path or its permissions.');
  }
}

const CUT = 80;
const cut = (text: string): string => (text.length > CUT ? `${text.slice(0, CUT)}…` : text);

function faultOf(
  key: string,
  spec: KeySpec<unknown>,
  given: { readonly text: string; readonly details: string },
): ConfigFault {
  const { text, details } = given;
  const value = spec.secret ? 'has a value (hidden) that is not accepted' : `is ${JSON.stringify(cut(text))}`;
  return {
    key,
    problem: details === '' ? value : `${value}: ${details}`,
    expects: spec.expects,
    remedy: spec.remedy ?? 'Correct the value.',
  };
}

/** zod's issues, where they say more than “expected” (a place inside JSON). Never the value itself. */
function detailsOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const places = issues
    .filter((issue) => issue.path.length > 0 || issue.message === 'is not JSON')
    .map((issue) => {
      const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
      return `${path} ${issue.message}`.trim();
    });
  return places.slice(0, 10).join('; ');
}

function isKnown(name: string, known: ReadonlySet<string>): boolean {
  return known.has(name) || SHARED_NAMES.has(name) || SHARED_FAMILIES.test(name);
}

function unknownNames(
  schema: ConfigSchema<ConfigKeys>,
  environment: Environment,
): { faults: ConfigFault[]; warnings: string[] } {
  const known = new Set(
    Object.entries(schema.keys).flatMap(([key, spec]) => (spec.secret ? [key, `${key}_FILE`] : [key])),
  );
  const faults: ConfigFault[] = [];
  const warnings: string[] = [];
  for (const name of Object.keys(environment)) {
    const isOwn = schema.ownPrefixes.some((prefix) => name.startsWith(prefix));
    if ((!isOwn && !name.startsWith('KAIROS_')) || isKnown(name, known)) continue;
    const near = nearest(name, [...known, ...SHARED_NAMES]);
    const remedy = near === undefined ? 'Remove it.' : `Did you mean ${near}?`;
    if (isOwn || near !== undefined) {
      faults.push({ key: name, problem: 'is not a key of this service', expects: 'a known key', remedy });
    } else warnings.push(`${name} is set and no key of this service has that name; it has no effect.`);
  }
  return { faults, warnings };
}

/** Keys that are missing although others that need them are set. */
function lonely({ keys, together }: ConfigSchema<ConfigKeys>, environment: Environment): ConfigFault[] {
  const isSet = (key: string) =>
    [key, `${key}_FILE`].some((name) => environment[name] !== undefined && environment[name].trim() !== '');
  return together.flatMap((group) => {
    const set = group.find(isSet);
    if (set === undefined) return [];
    return group
      .filter((key) => !isSet(key))
      .map((key) => ({
        key,
        problem: `is missing, and ${set} is set`,
        expects: keys[key]?.expects ?? '',
        remedy: `Set all of ${group.join(', ')}, or none.`,
      }));
  });
}

export interface LoadedConfig<C> {
  readonly config: C;
  /** Names that look like ours and have no effect here. */
  readonly warnings: readonly string[];
}

/**
 * Reads and validates every key once. Throws ConfigError with all faults together. An unknown `KAIROS_` name is a fault
 * when it looks like a misspelt key, else a warning (one environment often serves many services).
 */
export function loadConfigWithWarnings<K extends ConfigKeys>(
  schema: ConfigSchema<K>,
  environment: Environment,
  readFile: ReadFile = (path) => readFileSync(path, 'utf8'),
): LoadedConfig<ConfigOf<ConfigSchema<K>>> {
  const { faults, warnings } = unknownNames(schema, environment);
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(schema.keys)) {
    const raw = rawOf(key, spec, { environment, readFile });
    if (raw.fault !== undefined) faults.push(raw.fault);
    else if (raw.text === undefined) {
      if (spec.required) {
        const remedy = spec.remedy ?? `Set ${key}${spec.secret ? ` or ${key}_FILE` : ''} in the environment.`;
        faults.push({ key, problem: 'is missing', expects: spec.expects, remedy });
      }
      values[key] = spec.fallback;
    } else {
      const result = spec.schema.safeParse(raw.text);
      if (result.success) values[key] = result.data;
      else faults.push(faultOf(raw.from, spec, { text: raw.text, details: detailsOf(result.error.issues) }));
    }
  }
  faults.push(...lonely(schema, environment));
  if (faults.length > 0) throw new ConfigError(faults);
  return { config: deepFreeze(values) as ConfigOf<ConfigSchema<K>>, warnings };
}

/** `loadConfigWithWarnings` for those who don't need the warnings. */
export const loadConfig = <K extends ConfigKeys>(
  schema: ConfigSchema<K>,
  environment: Environment,
): ConfigOf<ConfigSchema<K>> => loadConfigWithWarnings(schema, environment).config;

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

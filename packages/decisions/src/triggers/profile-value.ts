import { own } from '../profiles/json.ts';

const MAX_LENGTH = 200;

/** A value that a trigger can watch. */
export type Watched = string | number | boolean;

/** The value at a path below `profile` (`traits.plan`); null when it is unknown, or no single value. */
export function watchedValue(profile: unknown, path: string): Watched | null {
  let at: unknown = profile;
  for (const name of path.split('.')) at = own(at, name);
  if (typeof at === 'string') return at === '' ? null : at.slice(0, MAX_LENGTH);
  return typeof at === 'number' || typeof at === 'boolean' ? at : null;
}

/** A profile with another value at a path. */
export function withValue(profile: unknown, path: string, value: Watched): Readonly<Record<string, unknown>> {
  const [name = '', ...below] = path.split('.');
  const fields = typeof profile === 'object' && profile !== null ? (profile as Readonly<Record<string, unknown>>) : {};
  return { ...fields, [name]: below.length === 0 ? value : withValue(own(fields, name), below.join('.'), value) };
}

/**
 * The name of a path's last field as JSON writes it. A profile's text without it has no such value: most events are told
 * apart by that, without being parsed.
 */
export const leafOf = (path: string): string => JSON.stringify(path.slice(path.lastIndexOf('.') + 1));

import { referenceOf } from '@kairos/contracts';
import { type Definition, hashId } from '@kairos/decisions';

/** JSON with sorted keys: equal content gives equal text. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${stableJson(field)}`);
  return `{${fields.join(',')}}`;
}

const shortHash = (...parts: string[]) =>
  hashId(...parts)
    .replaceAll('-', '')
    .slice(0, 12);

type WithoutVersion<D> = D extends Definition ? Omit<D, 'version'> : never;
/** A definition before its version is known. */
export type Draft = WithoutVersion<Definition>;

/** Sets the version: the hash of the normal form without it. */
export function withVersion<D extends Draft>(draft: D): D & { readonly version: string } {
  const { version: _, ...content } = draft as D & { version?: string };
  return { ...draft, version: shortHash('definition', stableJson(content)) };
}

/** Version of a playbook: the hash of what it consists of. `-x60` marks scaled durations. */
export function playbookVersion(definitions: readonly Definition[], timeScale: number): string {
  const references = definitions.map(referenceOf).sort();
  const hash = shortHash('playbook', ...references);
  return timeScale === 1 ? hash : `${hash}-x${timeScale}`;
}

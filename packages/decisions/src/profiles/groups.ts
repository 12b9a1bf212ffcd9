import type { CustomerEvent } from '@kairos/contracts';
import { isObject, isSafeName, type Json, type JsonObject, jsonLength, own, parseObject, sanitize } from './json.ts';

/** What is known of a company (an account, a team) that a person belongs to. */
export interface GroupState {
  /** When it was last said that the person belongs to it. */
  readonly saidAtMs: number;
  readonly traits: JsonObject;
  /** When each trait was said. */
  readonly traitTimes: Readonly<Record<string, number>>;
}

/** By the group's id. */
export type Groups = Readonly<Record<string, GroupState>>;

export const MAX_GROUPS = 5;
export const MAX_GROUP_TRAITS = 30;
export const MAX_GROUP_TRAIT_LENGTH = 512;
const MAX_NAME_LENGTH = 100;
const MAX_ID_LENGTH = 256;

/**
 * A `group` call: the person belongs to a company, of which something is said. Per trait the later statement stands; what
 * was said of another company stays with that one. One group more than five pushes out the one that was named longest ago.
 */
export function joinGroup<T extends { readonly groups?: Groups | undefined }>(profile: T, event: CustomerEvent): T {
  const properties = parseObject(event.properties) ?? {};
  const id = idOf(own(properties, 'groupId'));
  if (id === null) return profile;
  // Segment's own layout has them beside the properties.
  const nested = own(properties, 'traits');
  const said = { ...parseObject(event.traits), ...(isObject(nested) ? nested : {}) };
  const groups = profile.groups ?? {};
  const known = Object.hasOwn(groups, id) ? groups[id] : undefined;
  const joined: GroupState = {
    saidAtMs: Math.max(known?.saidAtMs ?? -1, event.occurredAtMs),
    ...mergedTraits(known, Object.entries(said), { atMs: event.occurredAtMs }),
  };
  return { ...profile, groups: bounded({ ...groups, [id]: joined }) };
}

/** Groups of both; of what was said at the same instant the one that sorts first stands, whoever moves to whom. */
export function mergedGroups(into: Groups | undefined, from: Groups | undefined): { readonly groups?: Groups } {
  if (into === undefined || from === undefined) return into === from ? {} : { groups: into ?? from ?? {} };
  const merged: Record<string, GroupState> = { ...into };
  for (const [id, group] of Object.entries(from)) {
    const known = Object.hasOwn(merged, id) ? merged[id] : undefined;
    if (known === undefined) merged[id] = group;
    else {
      const traits = mergedTraits(known, Object.entries(group.traits), { times: group.traitTimes });
      merged[id] = { saidAtMs: Math.max(known.saidAtMs, group.saidAtMs), ...traits };
    }
  }
  return { groups: bounded(merged) };
}

/** The group that was named last, as conditions and templates see it; null when there is none. */
export function groupView(groups: Groups | undefined): { readonly id: string; readonly traits: JsonObject } | null {
  const id = Object.keys(groups ?? {}).sort(latestFirst(groups ?? {}))[0];
  const group = id === undefined ? undefined : groups?.[id];
  return id === undefined || group === undefined ? null : { id, traits: group.traits };
}

const latestFirst =
  (groups: Groups) =>
  (a: string, b: string): number =>
    (groups[b]?.saidAtMs ?? 0) - (groups[a]?.saidAtMs ?? 0) || (a < b ? -1 : 1);

function bounded(groups: Groups): Groups {
  const ids = Object.keys(groups);
  if (ids.length <= MAX_GROUPS) return groups;
  const stay = new Set(ids.sort(latestFirst(groups)).slice(0, MAX_GROUPS));
  return Object.fromEntries(Object.entries(groups).filter(([id]) => stay.has(id)));
}

function idOf(value: unknown): string | null {
  const id = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return isSafeName(id) && id.length <= MAX_ID_LENGTH ? id : null;
}

/** Said now, all at one time; or by the old person, each trait at its own. */
type SaidWhen = { readonly atMs: number } | { readonly times: Readonly<Record<string, number>> };

function mergedTraits(
  known: GroupState | undefined,
  said: readonly (readonly [string, unknown])[],
  when: SaidWhen,
): Pick<GroupState, 'traits' | 'traitTimes'> {
  const traits: Record<string, Json> = { ...known?.traits };
  const traitTimes: Record<string, number> = { ...known?.traitTimes };
  let size = Object.keys(traits).length;
  for (const [name, given] of said) {
    const value = sanitize(given);
    if (!isSafeName(name) || name.length > MAX_NAME_LENGTH || jsonLength(value) > MAX_GROUP_TRAIT_LENGTH) continue;
    const atMs = 'atMs' in when ? when.atMs : (when.times[name] ?? -1);
    if (!Object.hasOwn(traits, name)) {
      if (size >= MAX_GROUP_TRAITS) continue;
      size += 1;
    } else {
      const knownAtMs = traitTimes[name] ?? -1;
      // In one person's log the last word of an instant stands; between two persons there is no last.
      const isTie = knownAtMs === atMs && 'times' in when;
      if (knownAtMs > atMs || (isTie && JSON.stringify(traits[name]) <= JSON.stringify(value))) continue;
    }
    traits[name] = value;
    traitTimes[name] = atMs;
  }
  return { traits, traitTimes };
}

import type { IdentifiedEvent } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import { enrich } from '../profiles/enrich.ts';
import { eventFrom, T0 } from '../profiles/profile.fixture.ts';
import type { ProfileState } from '../profiles/profile-state.ts';
import type { ComputedTraitDefinition } from './definition.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export const traitOf = (
  fields: Partial<ComputedTraitDefinition> & Pick<ComputedTraitDefinition, 'id' | 'compute'>,
): ComputedTraitDefinition => ({
  kind: 'ComputedTrait',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  events: [{ name: 'Order Completed', where: null }],
  where: null,
  value: null,
  withinMs: null,
  ...fields,
});

export interface Happened {
  readonly name?: string;
  readonly atMs: number;
  readonly loggedAtMs: number;
  readonly properties?: object;
}

export const identifiedOf = ({
  name = 'Order Completed',
  atMs,
  loggedAtMs,
  properties = {},
}: Happened): IdentifiedEvent => ({
  personId: 'user:1',
  loggedAtMs,
  linkedFrom: null,
  sentBy: null,
  event: eventFrom({ name, occurredAtMs: atMs, properties }),
});

/** A person's story, folded; states go through JSON, as in a cut. */
export const foldOf = (
  story: readonly Happened[],
  playbook: CompiledPlaybook,
  known?: ProfileState,
): ProfileState | undefined =>
  story.reduce<ProfileState | undefined>(
    (state, one) => JSON.parse(JSON.stringify(enrich(state, identifiedOf(one), { playbook, faults: [] }).state)),
    known,
  );

/** `profile.computed` as the next event of the person shows it. */
export function computedAt(
  state: ProfileState | undefined,
  playbook: CompiledPlaybook,
  nowMs: number,
): Record<string, unknown> {
  const next = identifiedOf({ name: 'Looked', atMs: T0, loggedAtMs: nowMs });
  return JSON.parse(enrich(state, next, { playbook, faults: [] }).changed.profile).computed;
}

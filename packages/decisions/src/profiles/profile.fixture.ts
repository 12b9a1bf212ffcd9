import type { CustomerEvent, IdentifiedEvent } from '@kairos/contracts';
import { compilePlaybook } from '../compile-playbook.ts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { Definition, SegmentDefinition, SourceDefinition } from '../definitions.ts';
import { type EnrichResult, enrich } from './enrich.ts';
import type { ProfileState } from './profile-state.ts';

export const T0 = Date.UTC(2026, 5, 3, 10);
let count = 0;

export type EventFields = Omit<Partial<CustomerEvent>, 'properties' | 'traits' | 'context'> & {
  readonly properties?: object;
  readonly traits?: object;
  readonly context?: object;
};

export const eventFrom = ({ properties = {}, traits = {}, context = {}, ...fields }: EventFields): CustomerEvent => {
  count += 1;
  return {
    messageId: `m${count}`,
    type: 'track',
    name: 'Page Viewed',
    anonymousId: null,
    userId: null,
    email: null,
    phone: null,
    occurredAtMs: T0,
    receivedAtMs: T0,
    originalTimestampMs: null,
    sentAtMs: null,
    source: 'shop',
    sourceKind: 'server',
    backfill: false,
    candidateId: null,
    flags: [],
    rehomed: false,
    ...fields,
    properties: JSON.stringify(properties),
    traits: JSON.stringify(traits),
    context: JSON.stringify(context),
  };
};

const common = { version: '1', description: '', owner: '', status: 'live' } as const;

export const sourceOf = (fields: Partial<SourceDefinition> & { readonly id: string }): SourceDefinition => ({
  ...common,
  kind: 'Source',
  sourceKind: 'server',
  assumeConsent: [],
  trustBrowserEmail: false,
  ...fields,
});

export const segmentOf = (id: string, where: string): SegmentDefinition => ({ ...common, kind: 'Segment', id, where });

export const playbookWith = (...definitions: readonly Definition[]): CompiledPlaybook =>
  compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions });

/** One person's profile, folded by hand. */
export class OneProfile {
  state: ProfileState | undefined;
  readonly #personId: string;
  readonly #playbook: CompiledPlaybook | undefined;

  constructor(playbook?: CompiledPlaybook, personId = 'user:1') {
    this.#playbook = playbook;
    this.#personId = personId;
  }

  sees(fields: EventFields, more: Partial<IdentifiedEvent> = {}): EnrichResult {
    const event = eventFrom(fields);
    const identified = {
      personId: this.#personId,
      loggedAtMs: event.occurredAtMs,
      linkedFrom: null,
      sentBy: null,
      event,
      ...more,
    };
    const result = enrich(this.state, identified, { playbook: this.#playbook, faults: [] });
    this.state = JSON.parse(JSON.stringify(result.state)) as ProfileState;
    return result;
  }

  get view(): Record<string, unknown> {
    return JSON.parse(this.sees({ name: 'Looked', occurredAtMs: T0 }).changed.profile);
  }
}

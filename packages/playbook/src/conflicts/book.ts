import type {
  CompanyDefinition,
  ContactRuleDefinition,
  Definition,
  JourneyDefinition,
  MessageDefinition,
  SegmentDefinition,
  Status,
  TriggerDefinition,
} from '@kairos/decisions';

/** What acts in a playbook, by kind, in the order in which it was written. */
export interface Book {
  readonly company: CompanyDefinition | undefined;
  readonly triggers: readonly TriggerDefinition[];
  readonly journeys: readonly JourneyDefinition[];
  readonly rules: readonly ContactRuleDefinition[];
  readonly messages: ReadonlyMap<string, MessageDefinition>;
  readonly segments: ReadonlyMap<string, SegmentDefinition>;
  readonly triggerOf: (journey: JourneyDefinition) => TriggerDefinition | undefined;
  readonly journeysOf: (trigger: TriggerDefinition) => readonly JourneyDefinition[];
}

/** Of a playbook only what has one of these statuses. */
export function bookOf(definitions: readonly Definition[], statuses: ReadonlySet<Status>): Book {
  const acting = definitions.filter(({ status }) => statuses.has(status));
  const of = <K extends Definition['kind']>(kind: K) =>
    acting.filter((one): one is Extract<Definition, { kind: K }> => one.kind === kind);
  const triggers = of('Trigger');
  const journeys = of('Journey');
  const byId = new Map(triggers.map((one) => [one.id, one]));
  return {
    company: of('Company')[0],
    triggers,
    journeys,
    rules: of('ContactRule'),
    messages: new Map(of('Message').map((one) => [one.id, one])),
    segments: new Map(of('Segment').map((one) => [one.id, one])),
    triggerOf: ({ startsWith }) => byId.get(startsWith),
    journeysOf: ({ id }) => journeys.filter(({ startsWith }) => startsWith === id),
  };
}

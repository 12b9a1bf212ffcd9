import { compareText } from './compare-text.ts';
import { defaultCompany } from './compile-defaults.ts';
import { projectionOf, projector } from './compile-projection.ts';
import {
  compileContactRule,
  compileSegment,
  compileTrigger,
  endsOfBlock,
  Findings,
  PartCompiler,
} from './compile-trigger.ts';
import type { CompiledMatch, CompiledPlaybook, CompiledTrigger, TriggerMatch } from './compile-types.ts';
import { compileComputed } from './computed/index.ts';
import type { Definition, PublishedPlaybook, Status } from './definitions.ts';
import { compileJourneys } from './journeys/compile-journeys.ts';
import { earlierUnderWay } from './journeys/under-way.ts';
import { compileModels } from './models/compile-models.ts';
import { compileTracking } from './tracking/index.ts';

/** What a reader of `playbook.published` answers; its records' definitions are decoded, and nobody has looked at them. */
type ReadPlaybook = Omit<PublishedPlaybook, 'definitions' | 'earlier'> & {
  readonly definitions: readonly unknown[];
  readonly earlier: readonly { readonly body: unknown; readonly replacedForMs: number }[];
};

/**
 * As `compilePlaybook`, of what was read: publishing lints, so what stands there has the form of definitions. Of earlier ones
 * only those are kept that somebody may still be on.
 */
export const compileRead = (read: ReadPlaybook): CompiledPlaybook => {
  const definitions = read.definitions as readonly Definition[];
  const earlier = read.earlier.map(({ body, replacedForMs }) => ({ definition: body as Definition, replacedForMs }));
  return compilePlaybook({ ...read, definitions, earlier: earlierUnderWay(definitions, earlier) });
};

/**
 * Compiles an activated playbook, once per version and stage. Never throws: a part that does not compile is switched
 * off and listed in `faults` (lint keeps such playbooks from being published, a foreign producer may not).
 */
export function compilePlaybook(published: PublishedPlaybook): CompiledPlaybook {
  const findings = new Findings();
  const definitions = [...published.definitions].sort((a, b) => compareText(a.id, b.id));
  const of = picker(definitions);

  const company = of('Company', 'live')[0] ?? defaultCompany;
  const triggers = byId(of('Trigger', 'live').map((definition) => compileTrigger(definition, findings, company)));
  // What paused triggers read must not widen the projection, and their faults harm nobody.
  const paused = byId(of('Trigger', 'paused').map((definition) => compileTrigger(definition, new Findings(), company)));
  const earlier = published.earlier ?? [];
  const journeys = compileJourneys({ definitions, earlier, triggers, company }, findings);
  const contactRules = of('ContactRule', 'live').map((definition) => compileContactRule(definition, findings));
  // The enricher, which has the whole profile, decides on segments and computes traits; what they read need not travel.
  const ofEnricher = new Findings();
  const segments = of('Segment', 'live').map((definition) => compileSegment(definition, ofEnricher));
  const models = compileModels(of('Model', 'live'), ofEnricher, segments);
  const computed = compileComputed(
    { live: of('ComputedTrait', 'live'), paused: of('ComputedTrait', 'paused') },
    (definition) => new PartCompiler(ofEnricher, definition),
  );
  const messages = new Map([...of('Message', 'live'), ...of('Message', 'paused')].map((one) => [one.id, one]));
  const sources = new Map(of('Source', 'live').map((source) => [source.id, source]));
  const blockedBy = group(
    contactRules.flatMap((rule) => rule.afterEvents.map((match) => ({ ruleId: rule.definition.id, match }))),
  );
  const projection = projectionOf(findings.reads, messages.values());

  return {
    version: published.version,
    offset: published.offset,
    timeScale: published.timeScale,
    company,
    triggers,
    pausedTriggers: paused,
    startedBy: index(triggers, startsOf),
    pausedStartedBy: index(paused, startsOf),
    endedBy: index(triggers, ({ when }) => (when.type === 'absence' ? when.butNot : [])),
    cancelledBy: index(triggers, ({ cancelOn }) => cancelOn),
    goalReachedBy: index(triggers, ({ goal }) => (goal === null ? [] : [goal.match])),
    activeBy: index(triggers, ({ when }) => (when.type === 'inactivity' ? (when.events ?? []) : [])),
    activeByAny: [...triggers.values()].filter(({ when }) => when.type === 'inactivity' && when.events === null),
    journeys,
    messages,
    contactRules,
    blockedBy,
    blockingEvents: new Set([
      ...blockedBy.keys(),
      ...contactRules.flatMap(({ definition }) => endsOfBlock(definition)),
    ]),
    models,
    segments,
    computed,
    sources,
    tracking: compileTracking(of('TrackingPlan', 'live')),
    assumedConsent: (sourceId) => sources.get(sourceId)?.assumeConsent ?? [],
    projection,
    project: projector(projection),
    faults: [...findings.faults, ...ofEnricher.faults],
  };
}

type OfKind<K extends Definition['kind']> = Extract<Definition, { kind: K }>;

const picker =
  (definitions: readonly Definition[]) =>
  <K extends Definition['kind']>(kind: K, status: Status): OfKind<K>[] =>
    definitions.filter((one): one is OfKind<K> => one.kind === kind && one.status === status);

const byId = (triggers: readonly CompiledTrigger[]): ReadonlyMap<string, CompiledTrigger> =>
  new Map(triggers.map((trigger) => [trigger.definition.id, trigger]));

const startsOf = ({ when }: CompiledTrigger): readonly CompiledMatch[] =>
  when.type !== 'inactivity' && 'events' in when ? when.events : [];

function index(
  triggers: ReadonlyMap<string, CompiledTrigger>,
  pick: (trigger: CompiledTrigger) => readonly CompiledMatch[],
): ReadonlyMap<string, readonly TriggerMatch[]> {
  return group([...triggers.values()].flatMap((trigger) => pick(trigger).map((match) => ({ trigger, match }))));
}

function group<T extends { readonly match: CompiledMatch }>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const known = groups.get(item.match.name);
    if (known === undefined) groups.set(item.match.name, [item]);
    else known.push(item);
  }
  return groups;
}

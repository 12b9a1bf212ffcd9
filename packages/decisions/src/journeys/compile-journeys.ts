import { compileTrigger, Findings, PartCompiler } from '../compile-trigger.ts';
import type { CompiledJourney, CompiledJourneys, CompiledTrigger, JourneyReference } from '../compile-types.ts';
import type { Reads } from '../conditions/types.ts';
import type { CompanyDefinition, Definition, JourneyDefinition, TriggerDefinition } from '../definitions.ts';
import { countSteps, depthOf, StepCompiler } from './compile-steps.ts';
import { journeyLimits } from './definition.ts';
import { namesHeard } from './heard.ts';

const NONE: CompiledJourneys = {
  isEmpty: true,
  startedBy: new Map(),
  pausedStartedBy: new Map(),
  isPaused: () => false,
  hears: () => false,
  find: () => undefined,
};

export interface JourneySources {
  readonly definitions: readonly Definition[];
  readonly earlier: readonly Definition[];
  /** Live triggers, compiled. */
  readonly triggers: ReadonlyMap<string, CompiledTrigger>;
  readonly company: CompanyDefinition;
}

/**
 * Compiles the journeys of a playbook. Faults and reads of live ones go to `findings`; what those of earlier playbooks
 * read is added to the reads, for whoever entered them goes on.
 */
export function compileJourneys(sources: JourneySources, findings: Findings): CompiledJourneys {
  const { definitions, earlier, triggers, company } = sources;
  const isJourney = (one: Definition): one is JourneyDefinition => one.kind === 'Journey';
  const mine = definitions.filter(isJourney);
  const others = earlier.filter(isJourney);
  if (mine.length === 0 && others.length === 0) return NONE;

  const live = mine.filter(({ status }) => status === 'live').flatMap((one) => compileLive(one, triggers, findings));
  const paused = mine.filter(({ status }) => status === 'paused');
  const pausedIds = new Set(paused.map(({ id }) => id));
  const finder = new Finder({
    journeys: [...mine, ...others],
    triggers: [...definitions, ...earlier].filter(isTrigger),
    company,
    compiled: new Map(live.map((one) => [keyOf(referenceOf(one)), one])),
  });
  findings.reads.push(...finder.readsOf(others));
  const heard = namesHeard([...mine, ...others], [...definitions, ...earlier].filter(isTrigger));
  return {
    isEmpty: false,
    startedBy: groupByTrigger(live),
    pausedStartedBy: groupByTrigger(paused.flatMap((one) => compileLive(one, triggers, new Findings()))),
    isPaused: (journeyId) => pausedIds.has(journeyId),
    hears: (eventName) => heard === null || heard.has(eventName),
    find: (reference) => finder.find(reference),
  };
}

const isTooLarge = ({ steps }: JourneyDefinition): boolean =>
  countSteps(steps) > journeyLimits.steps || depthOf(steps) > journeyLimits.depth;

const isTrigger = (one: Definition): one is TriggerDefinition => one.kind === 'Trigger';

export const referenceOf = ({ definition, trigger }: CompiledJourney): JourneyReference => ({
  journeyId: definition.id,
  journeyVersion: definition.version,
  triggerVersion: trigger.definition.version,
});

const keyOf = ({ journeyId, journeyVersion, triggerVersion }: JourneyReference): string =>
  `${journeyId}@${journeyVersion}/${triggerVersion}`;

function compileLive(
  definition: JourneyDefinition,
  triggers: ReadonlyMap<string, CompiledTrigger>,
  findings: Findings,
): readonly CompiledJourney[] {
  const trigger = triggers.get(definition.startsWith);
  // Without its trigger nothing starts it; lint says so.
  if (trigger === undefined || isTooLarge(definition)) {
    return [];
  }
  return [compileJourney(definition, trigger, findings)];
}

export function compileJourney(
  definition: JourneyDefinition,
  trigger: CompiledTrigger,
  findings: Findings,
): CompiledJourney {
  const parts = new PartCompiler(findings, definition);
  const exitWhen = parts.matches(definition.exitWhen, 'exitWhen');
  const compiler = new StepCompiler(parts, trigger);
  const after = countSteps(definition.steps);
  compiler.lay(definition.steps, { path: 'steps', at: 0, after });
  return { definition, trigger, exitWhen, program: compiler.program };
}

function groupByTrigger(journeys: readonly CompiledJourney[]): ReadonlyMap<string, readonly CompiledJourney[]> {
  const groups = new Map<string, CompiledJourney[]>();
  for (const journey of journeys) {
    const id = journey.trigger.definition.id;
    groups.set(id, [...(groups.get(id) ?? []), journey]);
  }
  return groups;
}

interface Findable {
  readonly journeys: readonly JourneyDefinition[];
  readonly triggers: readonly TriggerDefinition[];
  readonly company: CompanyDefinition;
  /** Those that are compiled already. */
  readonly compiled: Map<string, CompiledJourney>;
}

/** Finds journeys by the versions that were entered, and compiles each when it is first asked for. */
class Finder {
  readonly #journeys: ReadonlyMap<string, JourneyDefinition>;
  readonly #triggers: ReadonlyMap<string, TriggerDefinition>;
  readonly #all: readonly TriggerDefinition[];
  readonly #company: CompanyDefinition;
  readonly #compiled: Map<string, CompiledJourney>;

  constructor({ journeys, triggers, company, compiled }: Findable) {
    this.#journeys = new Map(journeys.map((one) => [`${one.id}@${one.version}`, one]));
    this.#triggers = new Map(triggers.map((one) => [`${one.id}@${one.version}`, one]));
    this.#all = triggers;
    this.#company = company;
    this.#compiled = compiled;
  }

  find(reference: JourneyReference): CompiledJourney | undefined {
    const key = keyOf(reference);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const journey = this.#journeys.get(`${reference.journeyId}@${reference.journeyVersion}`);
    const trigger = journey && this.#triggers.get(`${journey.startsWith}@${reference.triggerVersion}`);
    if (journey === undefined || trigger === undefined) return undefined;
    const findings = new Findings();
    const compiled = compileJourney(journey, compileTrigger(trigger, findings, this.#company), findings);
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /** What journeys of earlier playbooks read, with any of the versions of their triggers. */
  readsOf(journeys: readonly JourneyDefinition[]): readonly Reads[] {
    const findings = new Findings();
    for (const journey of journeys) {
      const trigger = this.#all.find(({ id }) => id === journey.startsWith);
      if (trigger !== undefined) compileJourney(journey, compileTrigger(trigger, findings, this.#company), findings);
    }
    const ids = new Set(journeys.map(({ startsWith }) => startsWith));
    for (const trigger of this.#all) if (ids.has(trigger.id)) compileTrigger(trigger, findings, this.#company);
    return findings.reads;
  }
}

import type {
  CompiledContactRule,
  CompiledKey,
  CompiledMatch,
  CompiledSegment,
  CompiledTrigger,
  CompiledWhen,
  PlaybookFault,
} from './compile-types.ts';
import { compileCondition, compileExpression } from './conditions/condition.ts';
import { ConditionError } from './conditions/fault.ts';
import type { CompiledCondition, CompiledExpression, ConditionScope, Reads } from './conditions/types.ts';
import { propertyOf } from './conditions/values.ts';
import type {
  CompanyDefinition,
  ContactRuleDefinition,
  EventMatch,
  SegmentDefinition,
  TriggerDefinition,
  When,
} from './definitions.ts';

/** Gathers what is found on the way: faults, and everything that is read. */
export class Findings {
  readonly faults: PlaybookFault[] = [];
  readonly reads: Reads[] = [];
}

/** Compiles the parts of one definition; what is faulty is noted and never true. */
export class PartCompiler {
  readonly #findings: Findings;
  readonly #of: { readonly kind: string; readonly id: string };
  constructor(findings: Findings, of: { readonly kind: string; readonly id: string }) {
    this.#findings = findings;
    this.#of = of;
  }

  condition(text: string | null, field: string): CompiledCondition | null {
    if (text === null) return null;
    const compiled = this.#guarded(field, () => compileCondition(text));
    if (compiled === undefined) return neverTrue(text);
    this.#findings.reads.push(compiled.reads);
    return compiled;
  }

  /** An expression that the detector asks: what it reads must travel. */
  value(text: string | null, field: string): CompiledExpression | null {
    const compiled = this.expression(text, field);
    if (compiled !== null) this.#findings.reads.push(compiled.reads);
    return compiled;
  }

  /** The detector asks for these parts of the profile: they must travel. */
  read(...profile: readonly string[]): void {
    this.#findings.reads.push({ ...noReads, profile });
  }

  expression(text: string | null, field: string): CompiledExpression | null {
    if (text === null) return null;
    return this.#guarded(field, () => compileExpression(text)) ?? null;
  }

  match(match: EventMatch, field: string): CompiledMatch {
    const condition = this.condition(match.where, `${field}.where`);
    const matches = condition === null ? always : (scope: ConditionScope) => condition.evaluate(scope);
    return { name: match.name, condition, matches };
  }

  matches(matches: readonly EventMatch[], field: string): readonly CompiledMatch[] {
    return matches.map((match, at) => this.match(match, `${field}[${at}]`));
  }

  #guarded<T>(field: string, compile: () => T): T | undefined {
    try {
      return compile();
    } catch (error) {
      const fault =
        error instanceof ConditionError
          ? error.fault
          : { code: 'THROWN' as const, message: 'The expression could not be compiled.', start: 0, end: 0 };
      this.#findings.faults.push({ ...this.#of, field, fault });
      return undefined;
    }
  }
}

const always = () => true;
const noReads: Reads = {
  event: [],
  properties: [],
  profile: [],
  history: [],
  segments: false,
  now: false,
  evidence: [],
  sends: [],
};
const neverTrue = (text: string): CompiledCondition => ({
  text,
  reads: noReads,
  evaluate: () => false,
  evaluateDetailed: () => ({ value: false, fault: null }),
});

export function compileTrigger(
  definition: TriggerDefinition,
  findings: Findings,
  { zone }: Pick<CompanyDefinition, 'zone'>,
): CompiledTrigger {
  const parts = new PartCompiler(findings, definition);
  const { goal, unless } = definition;
  return {
    definition,
    when: compileWhen(definition.when, parts, zone),
    audience: parts.condition(audienceOf(definition), 'audience'),
    unless:
      unless === undefined
        ? null
        : {
            events: parts.matches(unless.events, 'unless.events'),
            until: parts.matches(unless.until, 'unless.until'),
            atMostMs: unless.atMostMs,
          },
    // Without an event of its own there is nothing to take a key from.
    oncePer: isKeyless(definition.when) ? [] : definition.oncePer.map(compileKey),
    cancelOn: parts.matches(definition.cancelOn, 'cancelOn'),
    goal:
      goal === null
        ? null
        : {
            match: parts.match(goal.event, 'goal.event'),
            withinMs: goal.withinMs,
            value: parts.expression(goal.value, 'goal.value'),
          },
  };
}

/** Who is no member of the pilot's segment is not in the audience. */
function audienceOf({ pilot, audience }: TriggerDefinition): string | null {
  if (pilot === undefined) return audience;
  const isMember = `${JSON.stringify(pilot)} in segments`;
  return audience === null ? isMember : `${isMember} && (${audience})`;
}

const isKeyless = (when: When): boolean =>
  when.type === 'segment' || when.type === 'profileChange' || (when.type === 'date' && when.of === 'profile');

function compileWhen(when: When, parts: PartCompiler, companyZone: string): CompiledWhen {
  switch (when.type) {
    case 'event':
      return { type: 'event', events: parts.matches(when.events, 'when.events') };
    case 'absence':
      return {
        ...when,
        events: parts.matches(when.events, 'when.events'),
        butNot: parts.matches(when.butNot, 'when.butNot'),
      };
    case 'inactivity':
      return { ...when, events: when.events === null ? null : parts.matches(when.events, 'when.events') };
    case 'count':
      return {
        ...when,
        events: parts.matches(when.events, 'when.events'),
        value: parts.value(when.value, 'when.value'),
        companyZone,
      };
    case 'segment':
      return when;
    case 'date':
      parts.read('zone', 'zoneFrom', ...(when.of === 'profile' ? [when.path] : []));
      return { ...when, events: parts.matches(when.events, 'when.events'), companyZone };
    case 'profileChange':
      parts.read(when.path);
      return { ...when, from: parts.condition(when.from, 'when.from'), to: parts.condition(when.to, 'when.to') };
    case 'unusual':
      return {
        ...when,
        events: parts.matches(when.events, 'when.events'),
        value: parts.value(when.value, 'when.value'),
        companyZone,
      };
    case 'sequence':
      return {
        ...when,
        events: parts.matches(when.events, 'when.events'),
        followedBy: parts.matches(when.followedBy, 'when.followedBy'),
        butNot: parts.matches(when.butNot, 'when.butNot'),
      };
  }
}

/** `properties.a.b` by fixed path, no expression: an instance key must stay what it is in every version. */
function compileKey(path: string): CompiledKey {
  if (path === 'person') return { path, read: () => '' };
  const [root, ...fields] = path.split('.');
  const [first, ...below] = fields;
  const read = (scope: ConditionScope): string | null => {
    let at: unknown = root === 'event' ? scope.event : null;
    if (root === 'properties' && first !== undefined) at = propertyOf(scope, first);
    for (const field of root === 'properties' ? below : fields) {
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, field)) return null;
      at = (at as Record<string, unknown>)[field];
    }
    if (typeof at === 'string') return at === '' ? null : at;
    return typeof at === 'number' || typeof at === 'boolean' ? String(at) : null;
  };
  return { path, read };
}

/** Names of the events that end a block before its time. */
export const endsOfBlock = (rule: ContactRuleDefinition): readonly string[] =>
  rule.rule === 'block' ? (rule.until ?? []) : [];

export function compileContactRule(definition: ContactRuleDefinition, findings: Findings): CompiledContactRule {
  const afterEvents = definition.rule === 'block' ? definition.afterEvents : [];
  return { definition, afterEvents: new PartCompiler(findings, definition).matches(afterEvents, 'afterEvents') };
}

export function compileSegment(definition: SegmentDefinition, findings: Findings): CompiledSegment {
  const parts = new PartCompiler(findings, definition);
  return { definition, condition: parts.condition(definition.where, 'where') ?? neverTrue(definition.where) };
}

import type { ContactRuleDefinition, Definition, JourneyStep, TriggerDefinition, When } from '@kairos/decisions';

/**
 * Divides every duration for a demonstration: windows, waits, cooldowns, blocking periods, grace, goals, expiry,
 * re-entry. Clocks, dates, zones, quiet hours, the collection window and the live horizon stay real. A scale of 1
 * changes nothing; otherwise versions get a mark, because the content differs.
 */
export function scaleDurations(definitions: readonly Definition[], timeScale: number): readonly Definition[] {
  if (!Number.isFinite(timeScale) || timeScale <= 0)
    throw new RangeError(`timeScale ${timeScale} must be above 0; give 1 or 60`);
  if (timeScale === 1) return definitions;
  // At least 1 ms: a window of nothing would be another rule.
  const scale = (ms: number) => (ms === 0 ? 0 : Math.max(1, Math.round(ms / timeScale)));
  return definitions.map((definition) => scaleOne(definition, scale, timeScale));
}

type Scale = (ms: number) => number;

function scaleOne(definition: Definition, scale: Scale, timeScale: number): Definition {
  const version = `${definition.version}-x${timeScale}`;
  switch (definition.kind) {
    case 'Trigger':
      return { ...scaleTrigger(definition, scale), version };
    case 'Journey':
      return { ...definition, steps: definition.steps.map((step) => scaleStep(step, scale)), version };
    case 'ContactRule':
      return { ...scaleRule(definition, scale), version };
    case 'ComputedTrait':
      return definition.withinMs === null
        ? definition
        : { ...definition, withinMs: scale(definition.withinMs), version };
    default:
      return definition;
  }
}

function scaleTrigger(trigger: TriggerDefinition, scale: Scale): TriggerDefinition {
  const { reentry, goal } = trigger;
  return {
    ...trigger,
    when: scaleWhen(trigger.when, scale),
    reentry: reentry.kind === 'after' ? { kind: 'after', afterMs: scale(reentry.afterMs) } : reentry,
    ...(trigger.unless === undefined
      ? {}
      : { unless: { ...trigger.unless, atMostMs: scale(trigger.unless.atMostMs) } }),
    goal: goal === null ? null : { ...goal, withinMs: scale(goal.withinMs) },
    expiresAfterMs: scale(trigger.expiresAfterMs),
  };
}

function scaleWhen(when: When, scale: Scale): When {
  switch (when.type) {
    case 'event':
    case 'segment':
    // Dates and clocks stay real.
    case 'date':
    case 'profileChange':
      return when;
    case 'sequence':
      return { ...when, withinMs: scale(when.withinMs) };
    case 'absence':
      return {
        ...when,
        withinMs: scale(when.withinMs),
        atLatestAfterMs: when.atLatestAfterMs === null ? null : scale(when.atLatestAfterMs),
        graceMs: scale(when.graceMs),
      };
    case 'inactivity':
      return { ...when, forMs: scale(when.forMs) };
    case 'unusual':
      return when.per?.kind === 'rolling' ? { ...when, per: { ...when.per, ms: scale(when.per.ms) } } : when;
    case 'count':
      return when.window.kind === 'rolling' ? { ...when, window: { ...when.window, ms: scale(when.window.ms) } } : when;
  }
}

function scaleStep(step: JourneyStep, scale: Scale): JourneyStep {
  const all = (steps: readonly JourneyStep[]) => steps.map((one) => scaleStep(one, scale));
  switch (step.does) {
    case 'send':
    case 'task':
    case 'call':
      return { ...step, expiresAfterMs: step.expiresAfterMs === null ? null : scale(step.expiresAfterMs) };
    case 'wait':
      return { ...step, forMs: scale(step.forMs) };
    case 'waitFor':
      return { ...step, atMostMs: scale(step.atMostMs), otherwise: all(step.otherwise) };
    case 'branch': {
      const branches = step.branches.map((one) => ({ ...one, steps: all(one.steps) }));
      return { ...step, branches, otherwise: all(step.otherwise) };
    }
    case 'split':
      return { ...step, ways: step.ways.map((one) => ({ ...one, steps: all(one.steps) })) };
    default:
      return step;
  }
}

function scaleRule(rule: ContactRuleDefinition, scale: Scale): ContactRuleDefinition {
  switch (rule.rule) {
    case 'cap':
      return { ...rule, rollingMs: scale(rule.rollingMs) };
    case 'cooldown':
      return { ...rule, cooldownMs: scale(rule.cooldownMs) };
    case 'block':
      return { ...rule, forMs: scale(rule.forMs) };
  }
}

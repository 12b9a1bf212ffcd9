import type { PlannedProperty, TrackingPlanDefinition } from '@kairos/decisions';
import type { Finding, Index } from './finding.ts';

/** What is wrong with a tracking plan although its form is right. */
export function checkTrackingPlan(plan: TrackingPlanDefinition, index: Index): Finding[] {
  const earlier = [...index.of('TrackingPlan').values()].slice(
    0,
    [...index.of('TrackingPlan').values()].findIndex(({ id }) => id === plan.id),
  );
  return plan.events.flatMap(({ name, properties }) => {
    const path = ['events', name];
    const other = earlier.find((one) => one.kind === 'TrackingPlan' && one.events.some((event) => event.name === name));
    const twice: Finding[] =
      other === undefined
        ? []
        : [
            {
              path,
              message: `“${name}” is planned by “${other.id}” already`,
              value: name,
              remedy: 'plan it in one of them',
            },
          ];
    return [...twice, ...properties.flatMap((property) => checkProperty(property, properties, path))];
  });
}

function checkProperty(
  property: PlannedProperty,
  all: readonly PlannedProperty[],
  event: readonly string[],
): Finding[] {
  const { path, type, values } = property;
  const at = [...event, 'properties', path];
  const findings: Finding[] = [];
  const isList = all.some((one) => one.path.startsWith(`${path}[].`));
  const isObject = all.some((one) => one.path.startsWith(`${path}.`));
  if (isList && type !== 'array') {
    findings.push({ path: at, message: `is a ${type}, and “${path}[]” has fields`, remedy: 'make it an array' });
  }
  if (isObject && type !== 'object') {
    findings.push({ path: at, message: `is a ${type}, and has fields below it`, remedy: 'make it an object' });
  }
  const wrong = values.find((value) => typeof value !== type);
  if (wrong !== undefined) {
    const remedy = type === 'string' || type === 'number' ? `name values of the type ${type}` : 'take values out';
    findings.push({ path: [...at, 'values'], message: `“${wrong}” is no ${type}`, value: wrong, remedy });
  }
  return findings;
}

import { checkCondition, checkModel, compileCondition, type ModelDefinition } from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Finding, Index } from './finding.ts';

/** What is wrong with a model although its form is right: it does not fit the profile, itself, or its neighbours. */
export function checkModelDefinition(model: ModelDefinition, index: Index): Finding[] {
  const found = checkModel(model).map(({ path, message, value, remedy, unknown }) => ({
    path,
    message,
    value,
    remedy: unknown === undefined ? remedy : suggest(unknown.name, unknown.known),
  }));
  return [...found, ...collisions(model, index), ...staleWhere(model)];
}

/** A segment has one meaning: a group may not share its id with a rule, or with a group of another model. */
function collisions(model: ModelDefinition, index: Index): Finding[] {
  const others = [...index.of('Model').values()].filter((one) => one.kind === 'Model' && one.id !== model.id);
  return model.groups.flatMap(({ id }, at) => {
    const other = others.find((one) => one.kind === 'Model' && one.groups.some((group) => group.id === id));
    const isRule = index.of('Segment').has(id);
    if (!isRule && other === undefined) return [];
    return [
      {
        path: ['groups', at, 'id'],
        message: isRule
          ? `“${id}” is a segment by rule already`
          : `“${id}” is a group of the model “${other?.id}” already`,
        value: id,
        remedy: 'give one of them another id',
      },
    ];
  });
}

function staleWhere({ where }: ModelDefinition): Finding[] {
  if (where === null || checkCondition(where).length > 0) return [];
  const { now, segments } = compileCondition(where).reads;
  if (segments) {
    const message = 'asks for segments, and models are asked before them';
    return [{ path: ['where'], message, value: where, remedy: 'ask for profile fields' }];
  }
  if (!now) return [];
  const message =
    'asks for now, and a model is asked only at a person’s own events: of whoever is silent it goes stale';
  return [{ path: ['where'], message, value: where, remedy: 'make it a feature with daysSince', severity: 'warning' }];
}

/** Ids of all segments: those by rule, and the groups of models. */
export function segmentIds(index: Index): ReadonlySet<string> {
  const ofModels = [...index.of('Model').values()].flatMap((one) =>
    one.kind === 'Model' ? one.groups.map(({ id }) => id) : [],
  );
  return new Set([...index.of('Segment').keys(), ...ofModels]);
}

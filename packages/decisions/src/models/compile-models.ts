import type { Findings } from '../compile-trigger.ts';
import type { CompiledSegment } from '../compile-types.ts';
import { compileModel } from './compile-model.ts';
import type { CompiledModel } from './compiled-model.ts';
import type { ModelDefinition } from './definition.ts';

/** The models of a playbook. A group whose id another segment has takes its whole model out: who is in it would be anybody's guess. */
export function compileModels(
  definitions: readonly ModelDefinition[],
  findings: Findings,
  segments: readonly CompiledSegment[],
): readonly CompiledModel[] {
  const taken = new Set(segments.map(({ definition }) => definition.id));
  return definitions.map((definition) => {
    const model = compileModel(definition, findings, taken);
    for (const { id } of definition.groups) taken.add(id);
    return model;
  });
}

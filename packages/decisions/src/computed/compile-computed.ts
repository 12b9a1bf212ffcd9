import type { PartCompiler } from '../compile-trigger.ts';
import type { CompiledMatch } from '../compile-types.ts';
import { hashId } from '../hash-id.ts';
import type { ComputedTraitDefinition } from './definition.ts';
import type { Window } from './fold.ts';
import type { CompiledComputedTrait, CompiledComputedTraits, ComputedTraitOf } from './types.ts';
import { bucketMsOf } from './window.ts';

type Parts = (definition: ComputedTraitDefinition) => PartCompiler;

export function compileComputed(
  {
    live,
    paused,
  }: { readonly live: readonly ComputedTraitDefinition[]; readonly paused: readonly ComputedTraitDefinition[] },
  partsOf: Parts,
): CompiledComputedTraits {
  const byEvent = new Map<string, ComputedTraitOf[]>();
  const traits = live.map((definition) => {
    const parts = partsOf(definition);
    const trait: CompiledComputedTrait = {
      definition,
      meaning: meaningOf(definition),
      window: windowOf(definition),
      where: parts.condition(definition.where, 'where'),
      value: parts.value(definition.value, 'value'),
    };
    const names = new Map<string, CompiledMatch[]>();
    for (const match of parts.matches(definition.events, 'of')) {
      names.set(match.name, [...(names.get(match.name) ?? []), match]);
    }
    for (const [name, matches] of names) byEvent.set(name, [...(byEvent.get(name) ?? []), { trait, matches }]);
    return trait;
  });
  const meanings = new Set([...traits.map(({ meaning }) => meaning), ...paused.map(meaningOf)]);
  return { traits, byEvent, meanings };
}

const windowOf = ({ compute, withinMs }: ComputedTraitDefinition): Window => ({
  kind: compute,
  withinMs,
  bucketMs: bucketMsOf(compute, withinMs),
});

const meaningOf = ({ id, events, where, compute, value, withinMs }: ComputedTraitDefinition): string =>
  hashId('computed', JSON.stringify([id, events.map((one) => [one.name, one.where]), where, compute, value, withinMs]))
    .replaceAll('-', '')
    .slice(0, 12);

import { type CompiledCondition, compileCondition } from '@kairos/decisions';
import type { EventCase, Mapping } from '../mapping/schema.ts';
import { RowRefused } from '../refusal.ts';
import type { ImportCall } from './call.ts';
import type { RowSays } from './row-reader.ts';

/** What was read of one event. */
export interface ReadEvent extends RowSays {
  readonly messageId: string;
  readonly atMs: number;
}

interface CompiledCase {
  readonly condition: CompiledCondition | null;
  readonly said: EventCase;
}

/** Makes a call of what was read; null where the mapping leaves such rows out. Throws RowRefused where no event fits. */
export function callMaker(mapping: Mapping, isBackfill: boolean): (read: ReadEvent) => ImportCall | null {
  const cases: CompiledCase[] = mapping.event.map((said) => ({
    said,
    condition: said.if === undefined ? null : compileCondition(said.if),
  }));
  // The collector takes everything of an import key as backfill.
  const context = isBackfill && mapping.source !== 'import' ? ({ context: { backfill: true } } as const) : {};
  return ({ messageId, atMs, ids, properties, traits }) => {
    const said = cases.find(({ condition }) => condition === null || condition.evaluate({ properties }))?.said;
    if (said === undefined) {
      const remedy = 'Add a last event without “if” to the mapping, or one with “skip: true” for rows that are none.';
      throw new RowRefused('NO_EVENT', { remedy });
    }
    if ('skip' in said) return null;
    for (const name of said.negate) {
      const value = properties[name];
      // Never -0, which JSON can not say.
      if (typeof value === 'number') properties[name] = 0 - value;
    }
    const isEmpty = Object.keys(traits).length === 0;
    return {
      type: 'track',
      event: said.name,
      messageId,
      ...ids,
      timestamp: new Date(atMs).toISOString(),
      properties,
      ...(isEmpty ? {} : { traits }),
      ...context,
    };
  };
}

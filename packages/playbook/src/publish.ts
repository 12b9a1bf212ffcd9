import { type PlaybookRecord, PublishedBodies, referenceOf } from '@kairos/contracts';
import { type Definition, earlierUnderWay, type PublishedPlaybook } from '@kairos/decisions';
import { scaleDurations } from './scale.ts';
import { playbookVersion } from './version.ts';

/** The playbook as the stages get it, as if published. Drafts are left out. */
export function toPublished(
  definitions: readonly Definition[],
  { offset, timeScale }: { readonly offset: number; readonly timeScale: number },
): PublishedPlaybook {
  const scaled = publishable(definitions, timeScale);
  return { version: playbookVersion(publishable(definitions, 1), timeScale), offset, timeScale, definitions: scaled };
}

const publishable = (definitions: readonly Definition[], timeScale: number) =>
  scaleDurations(
    definitions.filter(({ status }) => status !== 'draft'),
    timeScale,
  );

export interface PublishOptions {
  readonly timeScale: number;
  /** UTC ms. */
  readonly publishedAtMs: number;
  readonly publishedBy: string;
}

/** Records for `playbook.published`: every definition, then one activation that names them all. To be written in order. */
export function toRecords(
  definitions: readonly Definition[],
  { timeScale, publishedAtMs, publishedBy }: PublishOptions,
): readonly { readonly key: string; readonly value: PlaybookRecord }[] {
  const { version, definitions: scaled } = toPublished(definitions, { offset: 0, timeScale });
  const bodies = scaled.map((definition) => ({
    key: referenceOf(definition),
    value: {
      definition: {
        kind: definition.kind,
        id: definition.id,
        version: definition.version,
        body: JSON.stringify(definition),
      },
      activation: null,
    },
  }));
  // Each activation has its own key: compaction must not take one away while a stage may still be asked for it.
  const activation = {
    key: `activation/${version}/${publishedAtMs}`,
    value: {
      definition: null,
      activation: { version, definitions: scaled.map(referenceOf).sort(), timeScale, publishedAtMs, publishedBy },
    },
  };
  return [...bodies, activation];
}

export interface PublishedRecord {
  readonly offset: number;
  readonly value: PlaybookRecord;
}

/**
 * The playbook of the last activation, or of the one at `activationOffset`, from all records of `playbook.published` in
 * order. Null before the first. A definition that was published again unchanged may stand behind the activation only:
 * compaction keeps the last copy. Throws if one that the activation names is not among the records at all.
 */
export function fromRecords(records: Iterable<PublishedRecord>, activationOffset?: number): PublishedPlaybook | null {
  const bodies = new PublishedBodies();
  let active: { offset: number; activation: NonNullable<PlaybookRecord['activation']> } | null = null;
  for (const { offset, value } of records) {
    const { definition, activation } = value;
    if (definition !== null) bodies.add(definition, offset);
    if (activation === null || offset > (activationOffset ?? offset)) continue;
    bodies.activated(activation);
    if (activationOffset === undefined || offset === activationOffset) active = { offset, activation };
  }
  if (active === null) return null;
  const { offset, activation } = active;
  const resolved = bodies.resolve(activation, offset);
  const definitions = resolved.definitions as readonly Definition[];
  const earlier = resolved.earlier.map(({ body, replacedForMs }) => ({
    definition: body as Definition,
    replacedForMs,
  }));
  return {
    version: activation.version,
    offset,
    timeScale: activation.timeScale,
    definitions,
    earlier: earlierUnderWay(definitions, earlier),
  };
}

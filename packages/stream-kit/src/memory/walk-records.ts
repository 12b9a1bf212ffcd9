import { enrichedRecord, identifiedRecord, proposedRecord, schemas, type TopicName, topics } from '@kairos/contracts';

/** Whether time and markers can travel on a topic. */
const carriesTime = (topic: TopicName): boolean =>
  schemas[topics[topic].schema].fields.some(({ name }) => name === 'time' || name === 'tick');

/** Where time and markers enter: the inputs that nobody here writes and that carry them. */
export function headsOf(inputs: readonly TopicName[], written: ReadonlySet<TopicName>): readonly TopicName[] {
  const carrying = [...new Set(inputs)].filter(carriesTime);
  if (carrying.includes('events.identified')) return ['events.identified'];
  return carrying.filter((topic) => !written.has(topic));
}

/** A record of a topic with those of the bodies that it knows. */
export function recordWith(topic: TopicName, bodies: Readonly<Record<string, object>>): object {
  // Laid out like those of the stages, which then need not tell two kinds apart.
  const { tick = null, time = null, marker = null } = bodies as Partial<Record<'tick' | 'time' | 'marker', never>>;
  if (topic === 'events.identified') return identifiedRecord({ tick, marker });
  if (topic === 'events.enriched') return enrichedRecord({ time, marker });
  if (topic === 'messages.proposed') return proposedRecord({ time, marker });
  const value: Record<string, unknown> = {};
  for (const { name } of schemas[topics[topic].schema].fields) value[name] = bodies[name] ?? null;
  return value;
}

/** Time as it enters, from all sources at once. */
export const timeBodies = (sources: readonly string[], timeMs: number): Readonly<Record<string, object>> => ({
  tick: { instance: 'memory', sources: sources.map((source) => ({ source, timeMs })) },
  time: { timeMs },
});

/** The activation that makes a playbook live, as it stands on its topic. */
export const activationOf = (version: string, publishedAtMs: number) => ({
  definition: null,
  activation: { version, definitions: [], timeScale: 1, publishedAtMs, publishedBy: 'memory' },
});

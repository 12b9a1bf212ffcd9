import type { Definition, ModelDefinition, SegmentDefinition } from '@kairos/decisions';
import { describe } from '@kairos/playbook';
import type { FastifyInstance } from '@kairos/service-kit';
import { type Counted, type Listed, listedOf } from '../numbers.ts';
import type { Timelines } from '../ports.ts';
import { type Shared, shareRows } from '../shares.ts';

interface Parts {
  readonly timelines: Timelines;
  live(): readonly Definition[];
  now(): number;
}

const DAY_MS = 86_400_000;
const SHARE_DAYS = 30;

interface Sizes {
  readonly persons: number;
  readonly segments: readonly { readonly id: string; readonly persons: number }[];
}

/** Segments with their sizes, and how a trigger fares in each. Sizes come from metrics, definitions from the live playbook. */
export function registerSegments(server: FastifyInstance, parts: Parts): void {
  server.get('/api/segments', async () => {
    const sizes = (await parts.timelines.get('/v1/segments')) as Sizes;
    const sizeOf = (id: string): number => sizes.segments.find((one) => one.id === id)?.persons ?? 0;
    const definitions = parts
      .live()
      .filter((one): one is SegmentDefinition | ModelDefinition => one.kind === 'Segment' || one.kind === 'Model');
    return {
      persons: sizes.persons,
      segments: definitions.map((one) => ({
        kind: one.kind,
        id: one.id,
        status: one.status,
        owner: one.owner,
        description: one.description,
        sentence: describe(one, parts.live()),
        persons: one.kind === 'Segment' ? sizeOf(one.id) : one.groups.reduce((sum, { id }) => sum + sizeOf(id), 0),
        model:
          one.kind === 'Model' ? { ...one, groups: one.groups.map((g) => ({ ...g, persons: sizeOf(g.id) })) } : null,
      })),
    };
  });

  server.get<{ Params: { kind: string; id: string }; Querystring: { by: 'segment' | 'returning' } }>(
    '/api/triggers/:kind/:id/shares',
    {
      schema: {
        querystring: { type: 'object', properties: { by: { type: 'string', enum: ['segment', 'returning'] } } },
      },
    },
    async ({ params, query }) => {
      const definition = listedOf(parts.live(), params);
      return { days: SHARE_DAYS, rows: await rowsOf(parts, definition, query.by ?? 'segment') };
    },
  );
}

async function rowsOf({ timelines, live, now }: Parts, definition: Listed, by: string) {
  const fromMs = Math.floor(now() / DAY_MS) * DAY_MS - (SHARE_DAYS - 1) * DAY_MS;
  const triggerId = definition.kind === 'Journey' ? definition.startsWith : definition.id;
  const trigger = live().find((one) => one.kind === 'Trigger' && one.id === triggerId);
  const goal = trigger?.kind === 'Trigger' ? trigger.goal : null;
  const hoped =
    goal === null ? null : { goals: [{ triggerId, event: goal.event.name, withinMs: goal.withinMs }], fromMs };
  const none = { goals: [] as { readonly value?: string; readonly n: number }[] };
  const [{ counts }, { shares }, all, shared] = (await Promise.all([
    timelines.get(`/v1/counts?fromMs=${fromMs}`),
    timelines.get(`/v1/shares?by=${by}&fromMs=${fromMs}`),
    hoped === null ? none : timelines.ask('/v1/goals', hoped),
    hoped === null ? none : timelines.ask('/v1/goal-shares', { ...hoped, by }),
  ])) as [{ counts: readonly Counted[] }, { shares: readonly Shared[] }, typeof none, typeof none];
  const goals = [
    ...all.goals.map(({ n }) => ({ value: null, n })),
    ...shared.goals.map(({ value = '', n }) => ({ value, n })),
  ];
  return shareRows(definition, { counts, shares, goals });
}

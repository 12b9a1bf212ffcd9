import type { Definition, JourneyDefinition } from '@kairos/decisions';
import { describe } from '@kairos/playbook';
import type { FastifyInstance } from '@kairos/service-kit';
import { stringify } from 'yaml';
import { type Counted, isListed, type Listed, listedOf, type Moved, type Numbers, numbersOf } from '../numbers.ts';
import type { Timelines } from '../ports.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Metrics keep counts for as long as they are: this is before the first. */
const EVER_MS = 1;
/** Goals are looked up person by person; nobody needs them newer than this. */
const GOALS_EVERY_MS = 30_000;

/** Spans that are shown. Counts are kept by the hour (UTC): a span begins with the hour that it begins in. */
const spanStarts = (nowMs: number) => ({
  hour: Math.floor(nowMs / HOUR_MS) * HOUR_MS,
  day: (Math.floor(nowMs / HOUR_MS) - 23) * HOUR_MS,
  ever: EVER_MS,
});
type Span = keyof ReturnType<typeof spanStarts>;
const spans: readonly Span[] = ['hour', 'day', 'ever'];

interface Parts {
  readonly timelines: Timelines;
  live(): readonly Definition[];
  now(): number;
}

/** How triggers and journeys fare: a list, and one in detail. Numbers come from metrics, definitions from the live playbook. */
export function registerTriggers(server: FastifyInstance, parts: Parts): void {
  const goals = goalReader(parts);

  server.get('/api/triggers', async () => {
    const listed = parts.live().filter(isListed);
    const [numbers, reached] = await Promise.all([numbersPerSpan(parts, listed), goals()]);
    return {
      definitions: listed.map((definition) => ({
        ...shown(definition, parts.live()),
        numbers: numbers(definition),
        goalsOfDay: goalsOf(definition, reached),
      })),
    };
  });

  server.get<{ Params: { kind: string; id: string } }>('/api/triggers/:kind/:id', async ({ params }) => {
    const definition = listedOf(parts.live(), params);
    const [numbers, reached, curves, steps] = await Promise.all([
      numbersPerSpan(parts, [definition]),
      goals(),
      curvesOf(parts, definition),
      movesSince(parts, EVER_MS, { journeyId: definition.kind === 'Journey' ? definition.id : undefined }),
    ]);
    return {
      ...shown(definition, parts.live()),
      definition,
      yaml: stringify(definition, { lineWidth: 100 }),
      journeys: journeysOf(parts.live())
        .filter(({ startsWith }) => definition.kind === 'Trigger' && startsWith === definition.id)
        .map(({ id }) => id),
      numbers: numbers(definition),
      goalsOfDay: goalsOf(definition, reached),
      curves,
      steps: definition.kind === 'Journey' ? steps : [],
    };
  });
}

/** The moves on a journey of the persons of one segment, or of new or returning ones. */
export function registerJourneySteps(server: FastifyInstance, parts: Omit<Parts, 'now'>): void {
  const ofWhom = { segment: { type: 'string' }, returning: { type: 'string', enum: ['new', 'returning'] } } as const;
  server.get<{ Params: { id: string }; Querystring: Whose }>(
    '/api/triggers/Journey/:id/steps',
    { schema: { querystring: { type: 'object', properties: ofWhom } } },
    async ({ params: { id }, query: { segment, returning } }) => {
      const { id: journeyId } = listedOf(parts.live(), { kind: 'Journey', id });
      return { steps: await movesSince(parts, EVER_MS, { journeyId, segment, returning }) };
    },
  );
}

const journeysOf = (definitions: readonly Definition[]): readonly JourneyDefinition[] =>
  definitions.filter((one): one is JourneyDefinition => one.kind === 'Journey');

function shown(definition: Listed, others: readonly Definition[]) {
  const { kind, id, version, status, owner, description } = definition;
  const startsWith = definition.kind === 'Journey' ? definition.startsWith : null;
  return { kind, id, version, status, owner, description, startsWith, sentence: describe(definition, others) };
}

/** Numbers of definitions over all spans, each asked of metrics once. */
async function numbersPerSpan(
  parts: Parts,
  listed: readonly Listed[],
): Promise<(definition: Listed) => Readonly<Record<Span, Numbers>>> {
  const starts = spanStarts(parts.now());
  const journeys = journeysOf(parts.live());
  const asked = await Promise.all(
    spans.map(async (span) => {
      const [counts, moves] = await Promise.all([
        parts.timelines.get(`/v1/counts?fromMs=${starts[span]}`) as Promise<{ counts: readonly Counted[] }>,
        movesSince(parts, starts[span]),
      ]);
      return [span, { counts: grouped(counts.counts, listed), moves }] as const;
    }),
  );
  return (definition) =>
    Object.fromEntries(
      asked.map(([span, { counts, moves }]) => [
        span,
        numbersOf(definition, counts.get(`${definition.kind}/${definition.id}`) ?? [], { moves, journeys }),
      ]),
    ) as Record<Span, Numbers>;
}

/** Counts by the definition that they may concern, so that a long list is not searched once per definition. */
function grouped(counts: readonly Counted[], listed: readonly Listed[]): ReadonlyMap<string, readonly Counted[]> {
  const bySubject = new Map<string, Counted[]>();
  for (const count of counts) {
    const list = bySubject.get(count.subject);
    if (list === undefined) bySubject.set(count.subject, [count]);
    else list.push(count);
  }
  return new Map(
    listed.map((definition) => {
      const own = bySubject.get(definition.id) ?? [];
      const of =
        definition.kind === 'Journey' && definition.startsWith !== definition.id ? definition.startsWith : null;
      return [`${definition.kind}/${definition.id}`, of === null ? own : [...own, ...(bySubject.get(of) ?? [])]];
    }),
  );
}

/** Restricts moves to the persons of a segment, or to new or returning ones. */
interface Whose {
  readonly segment?: string | undefined;
  readonly returning?: string | undefined;
}

async function movesSince(
  { timelines }: Pick<Parts, 'timelines'>,
  fromMs: number,
  of: Whose & { readonly journeyId?: string | undefined } = {},
): Promise<readonly Moved[]> {
  const asked = new URLSearchParams({ fromMs: String(fromMs) });
  for (const [name, value] of Object.entries(of)) if (value !== undefined) asked.set(name, value);
  const { steps } = (await timelines.get(`/v1/journey-steps?${asked}`)) as { steps: readonly Moved[] };
  return steps;
}

/** Starts per hour of the last two days, and per day of the last thirty. */
async function curvesOf({ timelines, now }: Parts, { kind, id }: Listed) {
  const nowMs = now();
  const outcome = kind === 'Journey' ? 'journeyStarted' : 'fired';
  const curve = async (every: 'hour' | 'day', fromMs: number) => {
    const asked = `kind=trigger&subject=${encodeURIComponent(id)}&every=${every}&fromMs=${fromMs}`;
    const { series } = (await timelines.get(`/v1/series?${asked}`)) as {
      series: readonly { readonly atMs: number; readonly outcome: string; readonly n: number }[];
    };
    return series.filter((point) => point.outcome === outcome).map(({ atMs, n }) => ({ atMs, n }));
  };
  const [hour, day] = await Promise.all([
    curve('hour', (Math.floor(nowMs / HOUR_MS) - 47) * HOUR_MS),
    curve('day', (Math.floor(nowMs / DAY_MS) - 29) * DAY_MS),
  ]);
  return { hour, day };
}

type Reached = ReadonlyMap<string, number>;

/** Goals of the last day per trigger, for all live triggers at once, looked up again after a while. */
function goalReader({ timelines, live, now }: Parts): () => Promise<Reached> {
  let known: { readonly untilMs: number; readonly reached: Promise<Reached> } | undefined;
  const read = async (): Promise<Reached> => {
    const goals = live().flatMap((one) =>
      one.kind === 'Trigger' && one.goal !== null
        ? [{ triggerId: one.id, event: one.goal.event.name, withinMs: one.goal.withinMs }]
        : [],
    );
    if (goals.length === 0) return new Map();
    const answer = (await timelines.ask('/v1/goals', { goals, fromMs: spanStarts(now()).day })) as {
      goals: readonly { readonly triggerId: string; readonly n: number }[];
    };
    return new Map(
      goals.map(({ triggerId }) => [triggerId, answer.goals.find((one) => one.triggerId === triggerId)?.n ?? 0]),
    );
  };
  return async () => {
    if (known === undefined || known.untilMs <= now()) {
      const reached = read();
      known = { untilMs: now() + GOALS_EVERY_MS, reached };
      // What failed is asked again by the next who wants it.
      reached.catch(() => {
        known = undefined;
      });
    }
    return known.reached;
  };
}

/** A journey hopes for what its trigger hopes for; null where nothing is hoped for. */
const goalsOf = (definition: Listed, reached: Reached): number | null =>
  reached.get(definition.kind === 'Journey' ? definition.startsWith : definition.id) ?? null;

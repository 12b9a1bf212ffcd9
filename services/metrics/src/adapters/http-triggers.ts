import { KairosError } from '@kairos/contracts';
import type { FastifyInstance } from 'fastify';
import type { GoalAsked, TimelineReader } from '../ports.ts';
import { goalsBody, range } from './http-goals-body.ts';
import { dimensionOf } from './http-shares.ts';

interface Range {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** How triggers and journeys fare, for the console. The caller guards it with the API token. */
export function registerTriggerRoutes(
  server: FastifyInstance,
  reader: Pick<TimelineReader, 'journeySteps' | 'goals'>,
  now: () => number,
): void {
  const ofWhom = { segment: { type: 'string' }, returning: { type: 'string' } } as const;
  server.get<{ Querystring: Range & { journeyId?: string; segment?: string; returning?: string } }>(
    '/v1/journey-steps',
    { schema: { querystring: { type: 'object', properties: { ...range, ...ofWhom, journeyId: { type: 'string' } } } } },
    async ({ query }) => ({
      steps: await reader.journeySteps({
        fromMs: query.fromMs ?? 1,
        toMs: query.toMs ?? now(),
        journeyId: query.journeyId,
        of: dimensionOf(query),
      }),
    }),
  );
  // Asked with a body: what a trigger hopes for stands in the playbook, which metrics do not read.
  server.post<{ Body: { readonly goals: readonly GoalAsked[]; readonly fromMs: number; readonly toMs?: number } }>(
    '/v1/goals',
    { schema: { body: goalsBody } },
    async ({ body }) => {
      const toMs = body.toMs ?? now();
      if (body.fromMs > toMs) throw new KairosError('FIELD_INVALID', 'fromMs is after toMs.', { field: 'fromMs' });
      return { goals: await reader.goals(body.goals, { fromMs: body.fromMs, toMs }) };
    },
  );
}

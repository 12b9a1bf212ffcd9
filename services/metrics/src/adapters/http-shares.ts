import { KairosError } from '@kairos/contracts';
import type { FastifyInstance } from 'fastify';
import type { DimensionValue, GoalAsked, TimelineReader } from '../ports.ts';
import { goalsBody, range } from './http-goals-body.ts';

const by = { type: 'string', enum: ['segment', 'returning'] } as const;
type By = DimensionValue['by'];

/** What segments hold, and every report per segment, or for new and returning persons. The caller guards it with the API token. */
export function registerShareRoutes(
  server: FastifyInstance,
  reader: Pick<TimelineReader, 'shares' | 'segmentSizes' | 'goalShares'>,
  now: () => number,
): void {
  server.get('/v1/segments', async () => reader.segmentSizes());
  server.get<{
    Querystring: {
      readonly by: By;
      readonly fromMs?: number;
      readonly toMs?: number;
      readonly subject?: string;
    };
  }>(
    '/v1/shares',
    {
      schema: {
        querystring: { type: 'object', required: ['by'], properties: { ...range, by, subject: { type: 'string' } } },
      },
    },
    async ({ query }) => ({
      shares: await reader.shares({
        fromMs: query.fromMs ?? 1,
        toMs: query.toMs ?? now(),
        by: query.by,
        subject: query.subject,
      }),
    }),
  );
  server.post<{
    Body: { readonly goals: readonly GoalAsked[]; readonly by: By; readonly fromMs: number; readonly toMs?: number };
  }>(
    '/v1/goal-shares',
    {
      schema: {
        body: { ...goalsBody, required: [...goalsBody.required, 'by'], properties: { ...goalsBody.properties, by } },
      },
    },
    async ({ body }) => {
      const toMs = body.toMs ?? now();
      if (body.fromMs > toMs) throw new KairosError('FIELD_INVALID', 'fromMs is after toMs.', { field: 'fromMs' });
      return { goals: await reader.goalShares(body.goals, { fromMs: body.fromMs, toMs, by: body.by }) };
    },
  );
}

/** `segment=<id>`, or `returning=new|returning`: a report about these persons only. */
export function dimensionOf(query: {
  readonly segment?: string;
  readonly returning?: string;
}): DimensionValue | undefined {
  const { segment, returning } = query;
  if (segment !== undefined && returning !== undefined) {
    throw new KairosError(
      'FIELD_INVALID',
      'A report is about a segment or about new or returning persons: give one of them.',
      {
        field: 'returning',
      },
    );
  }
  if (segment !== undefined) return { by: 'segment', value: segment };
  if (returning === undefined) return undefined;
  if (returning !== 'new' && returning !== 'returning') {
    throw new KairosError('FIELD_INVALID', `returning is “${returning}”: give new or returning.`, {
      field: 'returning',
    });
  }
  return { by: 'returning', value: returning };
}

import { errors, KairosError, type TaskOutcome, taskOutcomes } from '@kairos/contracts';
import { bearerOf, constantTimeEqual, type FastifyInstance } from '@kairos/service-kit';
import { grant, type TaskWish } from '../channels/task/claim.ts';
import type { StaffDesk, StaffTask } from '../ports.ts';

export interface TaskRoutes {
  readonly desk: StaffDesk;
  readonly apiToken: string;
  nowMs(): number;
  /** There is news for the collector. */
  posted(): void;
}

const LISTED = 200;
/** Whoever works on it, as the console knows them: a name without control signs. */
const by = { type: 'string', minLength: 1, maxLength: 80, pattern: '^[^\\p{Cc}]*[^\\s\\p{Cc}][^\\p{Cc}]*$' } as const;
const claimBody = {
  type: 'object',
  required: ['by'],
  additionalProperties: false,
  properties: { by, takeOver: { type: 'boolean' } },
} as const;
const releaseBody = { type: 'object', required: ['by'], additionalProperties: false, properties: { by } } as const;
const outcomeBody = {
  type: 'object',
  required: ['by', 'outcome'],
  additionalProperties: false,
  properties: { by, outcome: { enum: Object.keys(taskOutcomes) } },
} as const;

type One<B> = { Params: { candidateId: string }; Body: B };

/** The work-list for the console: who asks must show the API token, and says whom it asks for. */
export function addTaskRoutes(server: FastifyInstance, routes: TaskRoutes): void {
  server.register(async (scope) => {
    scope.addHook('onRequest', async (request) => {
      const token = bearerOf(request.headers.authorization);
      if (token !== undefined && constantTimeEqual(token, routes.apiToken)) return;
      throw new KairosError('TOKEN_INVALID', errors.TOKEN_INVALID.sentence, { field: 'authorization' });
    });
    scope.get('/v1/tasks', async () => ({
      tasks: await routes.desk.list({ limit: LISTED, nowMs: routes.nowMs() }),
      outcomes: Object.entries(taskOutcomes).map(([outcome, about]) => ({ outcome, ...about })),
    }));
    scope.post<One<{ by: string; takeOver?: boolean }>>(
      '/v1/tasks/:candidateId/claim',
      { schema: { body: claimBody }, bodyLimit: 4_096 },
      async ({ params, body }) =>
        change(routes, params.candidateId, { wish: 'claim', by: body.by.trim(), takeOver: body.takeOver === true }),
    );
    scope.post<One<{ by: string }>>(
      '/v1/tasks/:candidateId/release',
      { schema: { body: releaseBody }, bodyLimit: 4_096 },
      async ({ params, body }) => change(routes, params.candidateId, { wish: 'release', by: body.by.trim() }),
    );
    scope.post<One<{ by: string; outcome: TaskOutcome }>>(
      '/v1/tasks/:candidateId/outcome',
      { schema: { body: outcomeBody }, bodyLimit: 4_096 },
      async ({ params, body }) =>
        change(routes, params.candidateId, { wish: 'done', by: body.by.trim(), outcome: body.outcome }),
    );
  });
}

async function change(
  { desk, nowMs, posted }: TaskRoutes,
  candidateId: string,
  wish: TaskWish,
): Promise<{ readonly task: StaffTask }> {
  const task = await desk.change(candidateId, (now) => grant(now, wish, nowMs()));
  if (task === undefined) throw new KairosError('NOT_FOUND', 'There is no such task.', { field: 'candidateId' });
  posted();
  return { task };
}

import type { FastifyInstance } from '@kairos/service-kit';
import type { TaskStep, WorkList } from '../ports.ts';

const steps: readonly TaskStep[] = ['claim', 'release', 'outcome'];
/** What is in it is checked by who keeps the list. */
const body = { type: 'object', required: ['by'], properties: { by: { type: 'string' } } } as const;

/** The work list, and what can be done with a task: who does it is named in the body, for there is one login. */
export function registerTasks(server: FastifyInstance, workList: WorkList): void {
  server.get('/api/tasks', async () => workList.list());
  for (const step of steps) {
    server.post<{ Params: { candidateId: string }; Body: unknown }>(
      `/api/tasks/:candidateId/${step}`,
      { schema: { body }, bodyLimit: 4_096 },
      async (request) => workList.step(request.params.candidateId, step, request.body),
    );
  }
}

import { KairosError, REHEARSAL_FORMAT, type RehearsalReport } from '@kairos/contracts';
import { constantTimeEqual, type FastifyInstance, type FastifyRequest } from '@kairos/service-kit';
import type { Rehearsals } from '../ports.ts';

const ROUTE = '/api/rehearsals';
const MAX_BYTES = 16 * 1024 * 1024;

/** Whether a program with the API token hands in a report: the one thing that is done here without a session. */
export function mayHandIn(request: FastifyRequest, { apiToken }: { readonly apiToken: string }): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const isHandingIn = request.method === 'POST' && request.routeOptions.url === ROUTE;
  return isHandingIn && given !== undefined && constantTimeEqual(given, apiToken);
}

/** Reports of rehearsals: handed in by the command line or from the page, and shown. */
export function registerRehearsals(server: FastifyInstance, rehearsals: Rehearsals | null): void {
  server.get(ROUTE, async () => ({
    available: rehearsals !== null,
    rehearsals: (await rehearsals?.list()) ?? [],
  }));
  server.get<{ Params: { id: string } }>(`${ROUTE}/:id`, async ({ params }) => {
    const report = (await rehearsals?.read(params.id)) ?? null;
    if (report === null) throw new KairosError('NOT_FOUND', `There is no rehearsal ${params.id}.`);
    return report;
  });
  server.post<{ Body: unknown }>(ROUTE, { bodyLimit: MAX_BYTES }, async ({ body }) => {
    if (rehearsals === null) {
      throw new KairosError('NOT_FOUND', 'The console keeps no rehearsals: give it a folder in KAIROS_REHEARSALS_DIR.');
    }
    return { id: await rehearsals.keep(reportIn(body)) };
  });
}

/** What the pages rely on; a report of a newer command line may hold more. */
function reportIn(body: unknown): RehearsalReport {
  const report = body as Partial<RehearsalReport> | null;
  if (report?.format !== REHEARSAL_FORMAT) {
    throw new KairosError(
      'FIELD_INVALID',
      `This is no report of a rehearsal: kairos simulate --out writes one (format ${REHEARSAL_FORMAT}).`,
      {
        field: 'format',
      },
    );
  }
  const isWhole =
    typeof report.name === 'string' &&
    Number.isSafeInteger(report.madeAtMs) &&
    typeof report.events === 'object' &&
    Array.isArray(report.runs) &&
    report.runs.length > 0;
  if (!isWhole) {
    throw new KairosError('FIELD_INVALID', 'The report is not whole: it needs name, madeAtMs, events and runs.', {
      field: 'runs',
    });
  }
  return report as RehearsalReport;
}

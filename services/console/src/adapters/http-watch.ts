import { KairosError } from '@kairos/contracts';
import type { FastifyInstance } from '@kairos/service-kit';
import type { PersonWatches, Timelines } from '../ports.ts';

interface Known {
  readonly person: { readonly personId: string } | null;
  readonly personIds: readonly string[];
  readonly entries: readonly unknown[];
}

/** What the detector made of a person's records, for who is logged in. The page asks again and again, as for all live things. */
export function registerWatch(
  server: FastifyInstance,
  { timelines, watches }: { readonly timelines: Timelines; readonly watches: PersonWatches },
): void {
  server.get<{ Params: { id: string } }>('/api/persons/:id/watch', async ({ params }) => {
    const address = `/v1/persons/${encodeURIComponent(params.id)}/timeline?limit=1`;
    const { person, personIds, entries } = (await timelines.get(address)) as Known;
    if (person === null && entries.length === 0)
      throw new KairosError('NOT_FOUND', `Nobody is known as ${params.id}: look for them among the people.`);
    return watches.look(person?.personId ?? personIds[0] ?? params.id);
  });
}

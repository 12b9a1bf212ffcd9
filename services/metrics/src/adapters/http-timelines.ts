import { explainPlanFault, explainReason, isPlanFaultCode, type PlanFault, planFaults } from '@kairos/contracts';
import type { FastifyInstance } from 'fastify';
import type { Link, PersonSummary, StoredEntry, TimelineReader } from '../ports.ts';
import { dimensionOf } from './http-shares.ts';

/** A timeline entry with its "why" as a sentence. */
export interface ExplainedEntry extends StoredEntry {
  readonly why: string | null;
}

export interface ExplainedPerson {
  readonly person: PersonSummary | null;
  readonly personIds: readonly string[];
  readonly entries: readonly ExplainedEntry[];
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** What an event of the timeline has against the tracking plan, as sentences. */
const faultsOf = ({ faults }: StoredEntry['body']): readonly string[] =>
  Array.isArray(faults) ? (faults as readonly PlanFault[]).map(explainPlanFault) : [];

const takenOver: Readonly<Record<string, string>> = {
  email: 'The mail server took it over.',
  sms: 'The SMS gateway took it over.',
  webhook: 'The receiver took it over.',
  onsite: 'It is in the person’s on-site inbox.',
  task: 'It is on the work list.',
};

/** The sentence of an entry that carries a reason; chosen and handed-over entries get theirs too, so nothing stays silent. */
export function whyOf(entry: StoredEntry, zone: string): string | null {
  const { body } = entry;
  const code = text(body['code']);
  const numbers = readable(
    { ...(body['numbers'] as Record<string, unknown> | undefined), ...channelAndPurpose(body) },
    zone,
  );
  const faults = faultsOf(body);
  if (code !== null) return [explainReason(code, numbers), ...faults].join(' ');
  if (faults.length > 0) return ['It does not keep to the tracking plan.', ...faults].join(' ');
  if (entry.kind === 'decision' && body['fate'] === 'chosen') {
    return `It passed every gate and was chosen for ${text(body['channel']) ?? 'its channel'}.`;
  }
  if (entry.kind === 'report' && body['outcome'] === 'accepted')
    return takenOver[text(body['channel']) ?? ''] ?? 'The channel took it over.';
  if (entry.kind === 'trigger' && body['outcome'] === 'fired') return 'All its conditions held.';
  return null;
}

const channelAndPurpose = (body: Record<string, unknown>): Record<string, unknown> => ({
  ...(text(body['channel']) === null ? {} : { channel: body['channel'] }),
  ...(text(body['purpose']) === null ? {} : { purpose: body['purpose'] }),
});

/** Times in a decision's numbers become local wall times; other numbers stay as they are. */
function readable(numbers: Record<string, unknown>, zone: string): Record<string, unknown> {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: zone });
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => {
      const isTime = typeof value === 'number' && value > 1e12;
      const shortName = name.endsWith('Ms') && isTime ? name.slice(0, -2) : name;
      return [shortName, isTime ? format.format(value) : value];
    }),
  );
}

const zoneOf = (person: PersonSummary | null): string => {
  const zone = (person?.profile as { zone?: unknown } | undefined)?.zone;
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: String(zone) }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
};

/** `user:42`, or the bare `42`, or an e-mail address: the first person that fits. */
export async function resolvePerson(reader: TimelineReader, asked: string): Promise<PersonSummary | null> {
  const exact = (await reader.person(asked)) ?? (await reader.person(`user:${asked}`));
  if (exact !== null) return exact;
  const found = await reader.persons(asked, 1);
  return found[0] ?? null;
}

/** Where the links of a person lead to. */
function endOf(personId: string, links: readonly Link[]): string {
  let at = personId;
  for (let hops = 0; hops <= links.length; hops += 1) {
    const next = links.find(({ fromPersonId }) => fromPersonId === at);
    if (next === undefined) break;
    at = next.toPersonId;
  }
  return at;
}

/** The person's timeline with every "why", the linked anonymous past included. */
export async function explainPerson(
  reader: TimelineReader,
  asked: string,
  options: { readonly limit: number; readonly beforeMs: number | null },
): Promise<ExplainedPerson> {
  const known = await resolvePerson(reader, asked);
  const personId = known?.personId ?? asked;
  const links = await reader.linked(personId);
  // Asked by an old name: the person is who it is now.
  const person = known ?? (await reader.person(endOf(personId, links)));
  const personIds = [...new Set([personId, ...links.flatMap((link) => [link.fromPersonId, link.toPersonId])])];
  const zone = zoneOf(person);
  const entries = (await reader.timeline(personIds, options)).map((entry) => ({ ...entry, why: whyOf(entry, zone) }));
  return { person, personIds, entries };
}

const integer = (value: unknown, fallback: number): number => {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : fallback;
};

/** Query API for the console and the command line. The caller guards it with the API token. */
export function registerTimelineRoutes(server: FastifyInstance, reader: TimelineReader, now: () => number): void {
  server.get<{ Querystring: Record<string, string> }>('/v1/persons', async ({ query }) => ({
    persons: await reader.persons(query['search'] ?? '', Math.min(integer(query['limit'], 50), 500)),
  }));
  server.get<{ Params: { id: string }; Querystring: Record<string, string> }>(
    '/v1/persons/:id/timeline',
    async ({ params, query }) =>
      explainPerson(reader, params.id, {
        limit: Math.min(integer(query['limit'], 200), 2000),
        beforeMs: query['beforeMs'] === undefined ? null : integer(query['beforeMs'], now()),
      }),
  );
  server.get<{ Querystring: Record<string, string> }>('/v1/counts', async ({ query }) => ({
    counts: await reader.counts({
      fromMs: integer(query['fromMs'], 1),
      toMs: integer(query['toMs'], now()),
      of: dimensionOf(query),
    }),
  }));
  server.get<{ Querystring: Record<string, string> }>('/v1/plan-faults', async ({ query }) => {
    const range = { fromMs: integer(query['fromMs'], now() - 7 * 86_400_000), toMs: integer(query['toMs'], now()) };
    const faults = await reader.planFaults(range);
    return {
      ...range,
      faults: faults.map((fault) => ({
        ...fault,
        sentence: explainPlanFault(fault),
        remedy: isPlanFaultCode(fault.code) ? planFaults[fault.code].remedy : '',
      })),
    };
  });
  server.get<{ Querystring: Record<string, string> }>('/v1/series', async ({ query }) => ({
    series: await reader.series({
      fromMs: integer(query['fromMs'], now() - 86_400_000),
      toMs: integer(query['toMs'], now()),
      kind: query['kind'] ?? 'event',
      subject: query['subject'],
      of: dimensionOf(query),
      every: query['every'] === 'day' ? 'day' : 'hour',
    }),
  }));
  server.get('/v1/watermarks', async () => ({ watermarks: await reader.watermarks() }));
}

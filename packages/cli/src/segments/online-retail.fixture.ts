import { existsSync } from 'node:fs';
import path from 'node:path';
import { enrich, parseObject } from '@kairos/decisions';
import type { ImportCall } from '../import/event/call.ts';
import { callsOf, itemsOf } from '../import/import.fixture.ts';
import { readMapping } from '../import/mapping/read-mapping.ts';
import { findFiles } from '../import/rows/find-files.ts';
import type { Person } from './persons.ts';

export const onlineRetailFolder = path.resolve(
  import.meta.dirname,
  process.env.KAIROS_SHARED_DATA ?? '../../../../../shared/data',
  'online-retail',
);
export const hasOnlineRetail = existsSync(onlineRetailFolder);

/** All invoices as `kairos import` makes them, in order of time. */
export async function onlineRetailCalls(): Promise<readonly ImportCall[]> {
  const read = await readMapping('online-retail');
  const items = await itemsOf(read, await findFiles([onlineRetailFolder], read.mapping.file.names));
  return [...callsOf(items)].sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0));
}

/** The moment after the last day of the data, and one 91 days before it. */
export const END_MS = Date.UTC(2011, 11, 10);
export const CUT_MS = Date.UTC(2011, 8, 10);

/** The customers of the data as the read model holds them: folded by the enricher's own code, in order of id. */
export async function onlineRetailPersons(
  { untilMs }: { readonly untilMs: number },
  calls?: readonly ImportCall[],
): Promise<readonly Person[]> {
  const states = new Map<string, ReturnType<typeof enrich>>();
  for (const call of calls ?? (await onlineRetailCalls())) {
    const atMs = Date.parse(call.timestamp);
    if (call.userId === undefined || atMs >= untilMs) continue;
    const personId = `user:${call.userId}`;
    const event = {
      messageId: call.messageId,
      type: call.type,
      name: call.event,
      anonymousId: null,
      userId: call.userId,
      email: null,
      phone: null,
      occurredAtMs: atMs,
      receivedAtMs: atMs,
      originalTimestampMs: null,
      sentAtMs: null,
      properties: JSON.stringify({ total: call.properties.total }),
      traits: '{}',
      context: '{}',
      source: 'import',
      sourceKind: 'import',
      backfill: true,
      candidateId: null,
      flags: [],
      rehomed: false,
    };
    const identified = { personId, loggedAtMs: atMs, linkedFrom: null, sentBy: null, event };
    states.set(personId, enrich(states.get(personId)?.state, identified, { playbook: undefined, faults: [] }));
  }
  return [...states]
    .map(([personId, { changed }]) => ({ personId, profile: parseObject(changed.profile) ?? {}, segments: [] }))
    .sort((a, b) => (a.personId < b.personId ? -1 : 1));
}

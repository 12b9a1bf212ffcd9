import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RehearsalReport } from '@kairos/contracts';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import { openFiles } from './history/files.ts';
import { type RehearsalOptions, rehearse, type Side } from './rehearse.ts';

export const T0 = Date.parse('2026-06-03T10:00:00Z');
const HOUR_MS = 3_600_000;

interface Told {
  readonly traits?: Readonly<Record<string, unknown>>;
  readonly [property: string]: unknown;
}

/** A call of the shop's server; `what` happened to `who`, as many hours after the start of the story. */
export const call = ([hours, who, what]: readonly [number, string, string], { traits, ...properties }: Told = {}) => ({
  type: what === 'Identified' ? 'identify' : 'track',
  event: what,
  userId: who,
  messageId: `${who}-${what}-${hours}`,
  timestamp: new Date(T0 + hours * HOUR_MS).toISOString(),
  properties,
  ...(traits === undefined ? {} : { traits }),
});

export const known = (who: string) =>
  call([0, who, 'Identified'], { traits: { email: `${who}@shop.test`, firstName: who } });

/** Shop, server and a trigger for carts that are left; whatever else is given. */
export const BOOK = `
kind: Company
id: company
description: A shop
owner: a@example.com
name: Shop
zone: Europe/London
currency: GBP
costPerMessage: { email: 0.002 }
---
kind: Source
id: server
description: The shop's server
owner: a@example.com
type: server
assumeConsent: [email]
---
kind: Trigger
id: cart-left
description: Something in the cart, and no order for an hour
owner: a@example.com
status: live
purpose: marketing
when: { did: Product Added, butNot: [Order Completed], within: 1h }
oncePer: [properties.cart_id, person]
expiresAfter: 24h
priority: 60
send: cart-reminder
---
kind: Trigger
id: price-drop
description: Looked at twice
owner: a@example.com
status: live
purpose: marketing
when: { did: Price Dropped }
expiresAfter: 1h
priority: 40
send: price-mail
---
kind: Message
id: cart-reminder
description: Your cart
owner: a@example.com
purpose: marketing
channels: { email: { subject: Your cart, body: "<p>It waits</p>" } }
---
kind: Message
id: price-mail
description: A price
owner: a@example.com
purpose: marketing
channels: { email: { subject: A price, body: "<p>It fell</p>" } }
---
kind: ContactRule
id: one-a-day
description: One a day
owner: a@example.com
scope: { purpose: marketing }
limit: 1
window: { rolling: 24h }
onBreach: LIMIT_DOES
`;

export const sideOf = (from: string, onBreach: 'drop' | 'defer' = 'drop', more = ''): Side => {
  const { definitions, issues } = parsePlaybook([
    { path: 'book.yaml', text: BOOK.replace('LIMIT_DOES', onBreach) + more },
  ]);
  const faults = issues.filter(({ severity }) => severity === 'error');
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return { from, published: toPublished(definitions, { offset: 0, timeScale: 1 }) };
};

/** Lines in a file of their own. */
export async function fileOf(lines: readonly unknown[]): Promise<string> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'kairos-rehearsal-')), 'history.ndjson');
  await writeFile(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return file;
}

export async function rehearsed(
  lines: readonly unknown[],
  sides: readonly Side[],
  options: Partial<RehearsalOptions> = {},
): Promise<RehearsalReport & { readonly problems: readonly string[] }> {
  return rehearsedFiles([await fileOf(lines)], sides, options);
}

export async function rehearsedFiles(
  files: readonly string[],
  sides: readonly Side[],
  options: Partial<RehearsalOptions> = {},
): Promise<RehearsalReport & { readonly problems: readonly string[] }> {
  const history = await openFiles(files, { id: 'server', kind: 'server' });
  const report = await rehearse({
    name: 'a test',
    history,
    sides,
    keepBackfill: false,
    everyoneReachable: false,
    now: () => 0,
    ...options,
  });
  return { ...report, problems: history.problems };
}

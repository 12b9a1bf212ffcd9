import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkEvent, compilePlaybook } from '@kairos/decisions';
import { parsePlaybook, toPublished } from '@kairos/playbook';
import { readPlaybookFiles, starterFolder } from '../house/publish.ts';
import { callsOf, itemsOf, refusalsOf } from './import.fixture.ts';
import { readMapping } from './mapping/read-mapping.ts';
import { shippedFolder } from './shipped-mappings.ts';

const { definitions } = parsePlaybook(await readPlaybookFiles(starterFolder));
const { tracking } = compilePlaybook(toPublished(definitions, { offset: 0, timeScale: 1 }));

async function sampleOf(name: string, ext = 'csv') {
  const read = await readMapping(name);
  const items = await itemsOf(read, [path.join(shippedFolder, `${name}.sample.${ext}`)], read.mapping.backfill);
  expect(refusalsOf(items)).toEqual([]);
  const calls = callsOf(items);
  for (const { event, properties } of calls) {
    const said = { name: event, type: 'track', sourceKind: 'server', properties: JSON.stringify(properties) };
    const { faults } = checkEvent(tracking, said as Parameters<typeof checkEvent>[1], undefined);
    expect([event, faults]).toEqual([event, []]);
  }
  // News may start a conversation; the flag --backfill makes history of it.
  for (const call of calls) expect(call).not.toHaveProperty('context');
  return calls;
}

describe('an offline touchpoint comes in by its mapping as the tracking plan has it', () => {
  it('till: a receipt is one order with its items, a return is a refund, a void row is nothing', async () => {
    const calls = await sampleOf('till');
    expect(
      calls.map(({ event, userId, anonymousId, traits, properties: { total } }) => [
        event,
        userId ?? anonymousId ?? traits?.email,
        total,
      ]),
    ).toEqual([
      ['Order Completed', 'C-17', 1064.8],
      ['Order Completed', 'mia@example.com', 49],
      ['Order Refunded', 'C-17', 7.9],
      ['Order Completed', 'till:Bonn:1001', 6],
    ]);
    expect(calls[0]).toMatchObject({
      timestamp: '2025-11-29T09:04:00.000Z',
      properties: {
        affiliation: 'Köln',
        products: [
          { name: 'Leselampe "Abend"', price: 1049 },
          { name: 'Glühbirne', quantity: 4 },
        ],
      },
    });
  });

  it('call centre: a call, and a complaint under its own name, also of a caller who is known by number only', async () => {
    const calls = await sampleOf('call-centre');
    expect(calls.map(({ event, userId, traits }) => [event, userId ?? traits?.phone])).toEqual([
      ['Support Call Ended', 'C-17'],
      ['Complaint Opened', 'C-21'],
      ['Support Call Ended', '+442079460018'],
    ]);
    expect(calls[1]?.properties).toMatchObject({ subject: 'The lamp arrived broken, the second time', seconds: 544 });
  });

  it('store visit: who came, where, and for how long', async () => {
    expect((await sampleOf('store-visit')).map(({ event, userId, properties }) => [event, userId, properties])).toEqual(
      [
        [
          'Store Visited',
          'C-17',
          {
            visit_id: 'v-1',
            store_id: 'Leeds',
            minutes: 22,
            adviser: 'Sam',
            interest: 'kitchens',
            with_appointment: true,
          },
        ],
        ['Store Visited', 'C-21', { visit_id: 'v-2', store_id: 'Leeds', minutes: 6, with_appointment: false }],
        [
          'Store Visited',
          'C-30',
          {
            visit_id: 'v-3',
            store_id: 'York',
            minutes: 48,
            adviser: 'Kim',
            interest: 'sofas',
            with_appointment: false,
          },
        ],
      ],
    );
  });

  it('print response: coupon, card or scan, by customer number or by address', async () => {
    expect(
      (await sampleOf('print-response')).map(({ event, userId, traits, properties }) => [
        event,
        userId ?? traits?.email,
        properties.by,
      ]),
    ).toEqual([
      ['Mailing Answered', 'C-17', 'coupon'],
      ['Mailing Answered', 'noor@example.com', 'card'],
      ['Mailing Answered', 'C-21', 'scan'],
    ]);
  });

  it('social mention: of a customer, or of somebody who is only a handle so far', async () => {
    expect(
      (await sampleOf('social-mention', 'ndjson')).map(({ event, userId, anonymousId, properties }) => [
        event,
        userId ?? anonymousId,
        properties.sentiment,
      ]),
    ).toEqual([
      ['Brand Mentioned', 'C-17', 'positive'],
      ['Brand Mentioned', 'mastodon:kit', 'negative'],
    ]);
  });
});

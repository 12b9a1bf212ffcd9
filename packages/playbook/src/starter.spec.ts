import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe as chapter, expect, it } from '@jest/globals';
import { compilePlaybook, type Definition, renderTemplate, templatesOf } from '@kairos/decisions';
import { describe } from './describe.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { toPublished } from './publish.ts';

const folder = join(import.meta.dirname, '../../../playbook');
const files = readdirSync(folder).map((name) => ({
  path: `playbook/${name}`,
  text: readFileSync(join(folder, name), 'utf8'),
}));
const { definitions, issues } = parsePlaybook(files);
const byId = (id: string) => definitions.find((one) => one.id === id) as Definition;

chapter('the starter playbook', () => {
  it('has no finding and compiles without fault', () => {
    expect(issues).toEqual([]);
    expect(compilePlaybook(toPublished(definitions, { offset: 0, timeScale: 60 })).faults).toEqual([]);
  });

  it('names owner and purpose of every definition, so that somebody answers for it', () => {
    for (const one of definitions)
      expect([one.id, one.owner !== '', one.description !== '']).toEqual([one.id, true, true]);
  });

  it('renders every message, for who is known and for who is not', () => {
    const known = {
      profile: { firstName: 'Ann', lastName: 'Lee', orderCount: 3, netValue: 950.4 },
      evidence: { product: { name: 'Lamp & shade', price: 49.9 } },
      company: { name: 'Corner & Oak', currency: 'GBP' },
      unsubscribeUrl: 'https://shop.example.com/u/1',
    };
    for (const message of definitions.filter((one) => one.kind === 'Message')) {
      for (const template of message.channels.flatMap(templatesOf)) {
        for (const data of [known, { profile: {}, evidence: {}, company: {} }]) {
          const rendered = renderTemplate(template, data, { html: true });
          expect(rendered.error).toBeNull();
          expect(rendered.text?.trim()).not.toBe('');
          expect(rendered.text).not.toMatch(/%%|\{\{|, *!|undefined|null|, *<\/h1>/);
        }
      }
    }
  });

  it('can be read aloud', () => {
    expect(describe(byId('cart-left'))).toBe(
      'When a customer does “Product Added” and then not “Order Completed” for 1 hour (plus 15 seconds for late news), counted anew from each repeat, at the latest 1 day after the first, propose the marketing message “cart-reminder” to the customer with priority 60, one at a time per cart id (or, where unknown, person), to be sent within 18 hours or not at all, hoping for “Order Completed” within 3 days worth its total.',
    );
    expect(describe(byId('two-a-week'))).toBe(
      'A person gets at most 2 marketing messages in any 7 days; what is proposed meanwhile waits.',
    );
    expect(describe(byId('complaint-blocks-marketing'))).toBe(
      'After “Complaint Opened” or “Survey Answered” (where score is at most 2) a person gets no marketing messages until “Complaint Resolved”, for 14 days at most; what is proposed meanwhile is not sent.',
    );
  });
});

import { type ParsedPlaybook, parsePlaybook, toRecords } from '@kairos/playbook';
import type { KafkaPort, Serde } from '@kairos/stream-kit';

/** The query of the peers, as a marketer would write it. */
const TEXT = `
kind: Trigger
id: cart-left
description: Put something in the cart, then no order for an hour
owner: web-shop@example.com
status: live
purpose: marketing
foundBy: rule
when: { did: Product Added, butNot: [Order Completed], within: 1h, clock: restartsOnRepeat, grace: 0s }
send: cart-reminder
---
kind: Message
id: cart-reminder
description: Reminds of what waits in the cart
owner: web-shop@example.com
status: live
purpose: marketing
channels:
  email:
    subject: "{{ profile.firstName | default: 'Hello' }}, your {{ evidence.product.name | default: 'cart' }} is waiting"
    body: "<p>Come back, {{ profile.firstName }}.</p>"
`;

export interface PublishedPlaybook {
  readonly playbookOffset: number;
  readonly version: string;
}

/** The definitions of the benchmark's playbook. */
export const benchDefinitions = (): ParsedPlaybook['definitions'] => {
  const { definitions, issues } = parsePlaybook([{ path: 'cart-left.yaml', text: TEXT }]);
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`the playbook of the benchmark has faults: ${JSON.stringify(errors)}`);
  return definitions;
};

/** Publishes the playbook with the one trigger, as `kairos playbook publish` would. */
export const publishPlaybook = async (kafka: KafkaPort, serde: Serde): Promise<PublishedPlaybook> => {
  const definitions = benchDefinitions();
  const producer = await kafka.producer();
  try {
    const records = toRecords(definitions, { timeScale: 1, publishedAtMs: 1_780_000_000_000, publishedBy: 'bench' });
    let published: PublishedPlaybook | undefined;
    for (const { key, value } of records) {
      const encoded = serde.encode('playbook.published', value);
      const [landed] = await producer.send([{ topic: 'playbook.published', partition: 0, key, value: encoded }]);
      const version = value.activation?.version;
      if (version !== undefined && landed !== undefined) published = { playbookOffset: landed.offset, version };
    }
    if (published === undefined) throw new Error('nothing was activated');
    return published;
  } finally {
    await producer.close();
  }
};

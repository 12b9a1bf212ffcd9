import { type ParsedPlaybook, parsePlaybook, toRecords } from '@kairos/playbook';
import type { KafkaPort, Serde } from '@kairos/stream-kit';

/** Where a playbook became live. */
export interface PublishedPlaybook {
  readonly playbookOffset: number;
  readonly version: string;
}

/** The definitions of a playbook in one text. Throws when it has faults. */
export const definitionsOf = (text: string): ParsedPlaybook['definitions'] => {
  const { definitions, issues } = parsePlaybook([{ path: 'bench.yaml', text }]);
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`the playbook of the benchmark has faults: ${JSON.stringify(errors)}`);
  return definitions;
};

/** Publishes a playbook, as `kairos playbook publish` would. */
export const publishPlaybook = async (kafka: KafkaPort, serde: Serde, text: string): Promise<PublishedPlaybook> => {
  const definitions = definitionsOf(text);
  const producer = await kafka.producer();
  try {
    const records = toRecords(definitions, { timeScale: 1, publishedAtMs: Date.now(), publishedBy: 'bench' });
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

import type { Definition } from '@kairos/decisions';
import { describe, fromRecords, type PublishedRecord } from '@kairos/playbook';
import type { KafkaPort, RecordReader, Serde } from '@kairos/stream-kit';
import type { LiveDefinition, LivePlaybook } from '../ports.ts';

type Live = ReturnType<LivePlaybook['current']>;

/** Follows `playbook.published`: what the last activation made live, each definition with its sentence. */
export class KafkaPlaybook implements LivePlaybook {
  readonly #kafka: Pick<KafkaPort, 'read'>;
  readonly #serde: Pick<Serde, 'decode'>;
  #records: PublishedRecord[] = [];
  #live: Live = null;
  #whole: readonly Definition[] = [];
  #reader: RecordReader | undefined;

  constructor(kafka: Pick<KafkaPort, 'read'>, serde: Pick<Serde, 'decode'>) {
    this.#kafka = kafka;
    this.#serde = serde;
  }

  /** Resolves when all that was published before has been read. `failed` is called if following ends later. */
  async start(failed: (error: unknown) => void): Promise<void> {
    let settle: (() => void) | undefined;
    const caughtUp = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const reader = await this.#kafka.read({
      topic: 'playbook.published',
      partitions: [0],
      follow: true,
      onRecords: async (batch) => {
        for (const { offset, value } of batch) {
          if (value !== null)
            this.#records.push({ offset, value: await this.#serde.decode('playbook.published', value) });
        }
        this.#refresh();
      },
      onCaughtUp: () => settle?.(),
    });
    this.#reader = reader;
    reader.done.catch(failed);
    await Promise.race([caughtUp, reader.done]);
  }

  current(): Live {
    return this.#live;
  }

  whole(): readonly Definition[] {
    return this.#whole;
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  #refresh(): void {
    const playbook = fromRecords(this.#records);
    if (playbook === null) return;
    const definitions: readonly LiveDefinition[] = playbook.definitions.map((definition) => ({
      kind: definition.kind,
      id: definition.id,
      version: definition.version,
      status: definition.status,
      description: definition.description,
      sentence: describe(definition, playbook.definitions),
    }));
    const plannedEvents = playbook.definitions.flatMap((one) =>
      one.kind === 'TrackingPlan' && one.status === 'live'
        ? one.events.map(({ name, description }) => ({ name, description, plan: one.id }))
        : [],
    );
    this.#live = { version: playbook.version, timeScale: playbook.timeScale, definitions, plannedEvents };
    this.#whole = playbook.definitions;
    // Older activations are never asked for again: keep the definitions (a later one may name them) and this one.
    this.#records = this.#records.filter(
      ({ offset, value }) => value.activation === null || offset === playbook.offset,
    );
  }
}

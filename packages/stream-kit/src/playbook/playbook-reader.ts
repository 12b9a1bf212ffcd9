import { type EarlierBody, type PlaybookRecord, PublishedBodies } from '@kairos/contracts';
import type { IncomingRecord, KafkaPort, RecordReader, Serde } from '../ports.ts';

const TOPIC = 'playbook.published';

/** An activated playbook with the bodies of its definitions, in the order that the activation names them. */
export interface PublishedDefinitions {
  readonly version: string;
  /** Offset of the activation. */
  readonly offset: number;
  readonly timeScale: number;
  readonly definitions: readonly unknown[];
}

/** What a stage compiles: the activated playbook, and what stood on the topic before. */
export interface CompiledFrom extends PublishedDefinitions {
  /** What was published before and the activation does not name: somebody may still be on an earlier version. */
  readonly earlier: readonly EarlierBody[];
}

export interface Activated<P> extends PublishedDefinitions {
  readonly playbook: P;
}

/** Every playbook that was ever activated, compiled once, and those to come. */
export interface PlaybookReader<P> {
  /**
   * The playbook of the activation at this offset; undefined when it was not read (yet). Where the record was compacted
   * away, because the same version was activated again, the version finds it.
   */
  at(playbookOffset: number, version?: string): P | undefined;
  /** Resolves when the topic was read up to and with this offset. */
  readTo(playbookOffset: number): Promise<void>;
  /** Offset of the next record to be read. */
  readonly position: number;
  latest(): Activated<P> | undefined;
  /** Called for each activation that comes from now on. */
  onActivation(listener: (activated: Activated<P>) => void): void;
  close(): Promise<void>;
}

export interface PlaybookReaderOptions<P> {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  /** Pure; called once per activation. */
  compile(published: CompiledFrom): P;
  /** Reading ended for good, or an activation can't be compiled: a stage without its rules must not go on. */
  fail(error: Error): void;
}

class Reader<P> implements PlaybookReader<P> {
  readonly #options: PlaybookReaderOptions<P>;
  readonly #bodies = new PublishedBodies();
  /** Activations that stood on the topic at the start, until all of it was read. */
  #early: { readonly offset: number; readonly activation: NonNullable<PlaybookRecord['activation']> }[] = [];
  #isCaughtUp = false;
  readonly #activated = new Map<number, Activated<P>>();
  readonly #byVersion = new Map<string, Activated<P>>();
  readonly #listeners: ((activated: Activated<P>) => void)[] = [];
  #waiting: { readonly offset: number; readonly resolve: () => void }[] = [];
  #latest: Activated<P> | undefined;
  #readUpTo = -1;
  #reader: RecordReader | undefined;

  constructor(options: PlaybookReaderOptions<P>) {
    this.#options = options;
  }

  /** Resolves when all that stood on the topic at the call was read. */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      let hasFailed = false;
      const failed = (error: unknown): void => {
        hasFailed = true;
        reject(error);
        this.close().catch(() => undefined);
        this.#options.fail(error instanceof Error ? error : new Error(String(error)));
      };
      this.#options.kafka
        .read({
          topic: TOPIC,
          partitions: [0],
          from: 'earliest',
          follow: true,
          onRecords: (records) => this.#take(records),
          onCaughtUp: () => {
            try {
              this.#caughtUp();
              resolve();
            } catch (error) {
              failed(error);
            }
          },
        })
        .then((reader) => {
          this.#reader = reader;
          reader.done.catch(failed);
          if (hasFailed) reader.close().catch(() => undefined);
        }, reject);
    });
  }

  at(playbookOffset: number, version?: string): P | undefined {
    const found = this.#activated.get(playbookOffset);
    return (found ?? (version === undefined ? undefined : this.#byVersion.get(version)))?.playbook;
  }

  get position(): number {
    return this.#readUpTo + 1;
  }

  latest(): Activated<P> | undefined {
    return this.#latest;
  }

  onActivation(listener: (activated: Activated<P>) => void): void {
    this.#listeners.push(listener);
  }

  async readTo(playbookOffset: number): Promise<void> {
    if (playbookOffset <= this.#readUpTo) return;
    await new Promise<void>((resolve) => this.#waiting.push({ offset: playbookOffset, resolve }));
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  async #take(records: readonly IncomingRecord[]): Promise<void> {
    for (const record of records) {
      if (record.value !== null) {
        this.#fold(record.offset, await this.#options.serde.decode(TOPIC, record.value));
      }
      this.#readUpTo = record.offset;
    }
    const ready = this.#waiting.filter(({ offset }) => offset <= this.#readUpTo);
    this.#waiting = this.#waiting.filter(({ offset }) => offset > this.#readUpTo);
    for (const { resolve } of ready) resolve();
  }

  #fold(offset: number, { definition, activation }: PlaybookRecord): void {
    if (definition !== null) this.#bodies.add(definition, offset);
    if (activation === null) return;
    // What was published again unchanged may stand further on only: compaction keeps the last copy.
    if (!this.#isCaughtUp) this.#early.push({ offset, activation });
    else this.#activate(offset, activation);
  }

  /** All that stood on the topic was read: what any activation names is known, or is gone. */
  #caughtUp(): void {
    this.#isCaughtUp = true;
    const last = this.#early.at(-1);
    for (const early of this.#early) {
      // Nobody can be asked for one that has long been replaced; the one that is live must be whole.
      if (this.#bodies.isWhole(early.activation) || early === last) this.#activate(early.offset, early.activation);
      else this.#bodies.activated(early.activation);
    }
    this.#early = [];
  }

  #activate(offset: number, activation: NonNullable<PlaybookRecord['activation']>): void {
    this.#bodies.activated(activation);
    const { definitions, earlier } = this.#bodies.resolve(activation, offset);
    const published = { version: activation.version, offset, timeScale: activation.timeScale, definitions };
    const activated = { ...published, playbook: this.#options.compile({ ...published, earlier }) };
    this.#activated.set(offset, activated);
    this.#byVersion.set(activation.version, activated);
    this.#latest = activated;
    for (const listener of this.#listeners) listener(activated);
  }
}

/** Reads all of `playbook.published` and follows it. Resolves once what stood there was read and compiled. */
export async function startPlaybookReader<P>(options: PlaybookReaderOptions<P>): Promise<PlaybookReader<P>> {
  const reader = new Reader(options);
  await reader.start();
  return reader;
}

import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import {
  type Fields,
  KairosError,
  schemas,
  subjectOf,
  type TopicName,
  type TopicValues,
  topics,
} from '@kairos/contracts';
import type { Type } from 'avsc';
import { type Logger, silentLogger } from '../logger.ts';
import type { Serde } from '../ports.ts';
import {
  foreignType,
  ownType,
  type Reading,
  readFramed,
  readingOf,
  schemaIdOf,
  undecodable,
  writeFramed,
} from './codec.ts';

export interface SerdeOptions {
  /** Confluent-compatible address, such as `http://127.0.0.1:8081`. */
  readonly registryUrl: string;
  /** Topics that this process writes or reads; default all. Their schemas are registered once, at the start. */
  readonly topics?: readonly TopicName[];
  readonly logger?: Logger;
  /** How long a registry that does not answer is asked again before the start fails. Default 60,000. */
  readonly startTimeoutMs?: number;
  readonly auth?: { readonly username: string; readonly password: string };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Not 400: the client's HTTP library answers that, too, for a connection that was refused. */
const refusals: readonly unknown[] = [401, 403, 404, 409, 422];

/** An answer of the registry that asking again will not change. */
const isRefusal = (error: unknown): boolean =>
  (error as Error).name === 'ConfluentSchemaRegistryCompatibilityError' ||
  refusals.includes((error as { status?: unknown }).status);

/** 409 says "incompatible", and also "somebody else registers it just now": a few more tries tell which. */
const isConflict = (error: unknown): boolean => (error as { status?: unknown }).status === 409;
const CONFLICTS = 3;

const unavailable = (what: string, url: string, cause: unknown): KairosError =>
  new KairosError(
    'SCHEMA_UNAVAILABLE',
    `${what}: the schema registry at ${withoutPassword(url)} did not answer (${(cause as Error).message})`,
    {
      cause,
    },
  );

const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');

type Readings = Map<TopicName, Map<number, Reading>>;

interface Asked {
  readonly topic: TopicName;
  readonly fields: Fields | undefined;
  /** By schema id of the writer. */
  readonly of: Map<number, Reading>;
}

class RegistrySerde implements Serde {
  readonly #registry: SchemaRegistry;
  readonly #options: SerdeOptions;
  readonly #logger: Logger;
  readonly #ids = new Map<TopicName, number>();
  /** How to read, per topic and writer schema id. */
  readonly #readings: Readings = new Map();
  /** The same for those who ask for some fields only. */
  readonly #projected = new WeakMap<Fields, Readings>();
  #last: Asked | undefined;
  #other: Asked | undefined;
  readonly #writers = new Map<number, Type>();
  readonly #asking = new Map<string, Promise<Type>>();

  constructor(options: SerdeOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#registry = new SchemaRegistry({
      host: options.registryUrl.replace(/\/+$/, ''),
      clientId: 'kairos',
      retry: { retries: 0 },
      ...(options.auth === undefined ? {} : { auth: options.auth }),
    });
  }

  async start(): Promise<void> {
    const deadline = Date.now() + (this.#options.startTimeoutMs ?? 60_000);
    const all = this.#options.topics ?? (Object.keys(topics) as TopicName[]);
    // Each takes several questions one after the other; topic by topic they were most of a start on a busy machine.
    await Promise.all(all.map((topic) => this.#register(topic, deadline)));
  }

  encode<T extends TopicName>(topic: T, value: TopicValues[T]): Buffer {
    const id = this.#ids.get(topic);
    if (id === undefined) throw new Error(`the schema of ${topic} was not registered: name the topic to createSerde`);
    return writeFramed(topic, { type: ownType(topic), id }, value);
  }

  decode<T extends TopicName>(topic: T, bytes: Buffer, fields?: Fields): TopicValues[T] | Promise<TopicValues[T]> {
    const id = schemaIdOf(topic, bytes);
    const reading = this.#readingsOf(topic, fields).get(id);
    if (reading !== undefined) return readFramed(topic, bytes, reading);
    const writer = this.#writers.get(id);
    if (writer !== undefined) return readFramed(topic, bytes, this.#compile(topic, id, { writer, fields }));
    return this.#learn(topic, id).then((learned) =>
      readFramed(topic, bytes, this.#compile(topic, id, { writer: learned, fields })),
    );
  }

  /** The two that were asked for last are found without looking them up: a stage reads one topic, by a glance or whole. */
  #readingsOf(topic: TopicName, fields: Fields | undefined): Map<number, Reading> {
    const [last, other] = [this.#last, this.#other];
    if (last?.topic === topic && last.fields === fields) return last.of;
    this.#other = last;
    this.#last = other?.topic === topic && other.fields === fields ? other : this.#found(topic, fields);
    return this.#last.of;
  }

  #found(topic: TopicName, fields: Fields | undefined): Asked {
    let of = this.#readings;
    if (fields !== undefined) {
      of = this.#projected.get(fields) ?? new Map();
      this.#projected.set(fields, of);
    }
    const known = of.get(topic);
    if (known !== undefined) return { topic, fields, of: known };
    const fresh = new Map<number, Reading>();
    of.set(topic, fresh);
    return { topic, fields, of: fresh };
  }

  #compile(topic: TopicName, id: number, how: { readonly writer: Type; readonly fields: Fields | undefined }): Reading {
    try {
      const reading = readingOf(topic, how.writer, how.fields);
      this.#readingsOf(topic, how.fields).set(id, reading);
      return reading;
    } catch (error) {
      const why = `was written with schema ${id}, which ours cannot read: ${(error as Error).message}`;
      throw undecodable(topic, why, error);
    }
  }

  async #register(topic: TopicName, deadline: number): Promise<void> {
    const subject = subjectOf(topic);
    let conflicts = 0;
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        const { id } = await this.#registry.register(
          { type: SchemaType.AVRO, schema: JSON.stringify(schemas[topics[topic].schema]) },
          { subject, compatibility: COMPATIBILITY.FULL_TRANSITIVE },
        );
        this.#ids.set(topic, id);
        this.#writers.set(id, ownType(topic));
        return;
      } catch (error) {
        if (isConflict(error)) conflicts += 1;
        if (isRefusal(error) && (conflicts === 0 || conflicts > CONFLICTS)) throw refused(subject, error);
        if (Date.now() + waitMs > deadline)
          throw unavailable(`${subject} could not be registered`, this.#options.registryUrl, error);
        this.#logger.warn(
          { subject, error: (error as Error).message },
          'the schema could not be registered, trying again',
        );
        await pause(waitMs);
      }
    }
  }

  #learn(topic: TopicName, id: number): Promise<Type> {
    const name = `${topic} ${id}`;
    const asking = this.#asking.get(name);
    if (asking !== undefined) return asking;
    const asked = this.#ask(topic, id).finally(() => this.#asking.delete(name));
    this.#asking.set(name, asked);
    return asked;
  }

  async #ask(topic: TopicName, id: number): Promise<Type> {
    const writer = await this.#writerSchema(topic, id);
    try {
      const type = foreignType(writer);
      this.#writers.set(id, type);
      return type;
    } catch (error) {
      const why = `was written with schema ${id}, which ours cannot read: ${(error as Error).message}`;
      throw undecodable(topic, why, error);
    }
  }

  async #writerSchema(topic: TopicName, id: number): Promise<string> {
    try {
      const schema: unknown = await this.#registry.getSchema(id);
      return JSON.stringify(schema);
    } catch (error) {
      if (isRefusal(error)) throw undecodable(topic, `names schema ${id}, which the registry does not know`, error);
      throw unavailable(`schema ${id} could not be fetched`, this.#options.registryUrl, error);
    }
  }
}

const refused = (subject: string, error: unknown): Error => {
  const remedy =
    (error as Error).name === 'ConfluentSchemaRegistryCompatibilityError'
      ? `set it with PUT /config/${subject} {"compatibility":"FULL_TRANSITIVE"}`
      : 'compare the released versions in packages/contracts with the subject’s versions';
  return new Error(`the schema registry refused ${subject}: ${(error as Error).message}; ${remedy}`, { cause: error });
};

/**
 * Registers the schemas of the topics under `<topic>-value` (compatibility FULL_TRANSITIVE) and answers a serde that asks
 * the registry no more, but once for each schema of somebody else. Rejects with SCHEMA_UNAVAILABLE when the registry
 * stays away.
 */
export const createSerde = async (options: SerdeOptions): Promise<Serde> => {
  const serde = new RegistrySerde(options);
  await serde.start();
  return serde;
};

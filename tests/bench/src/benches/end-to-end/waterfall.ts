import type { TopicName, TopicValues } from '@kairos/contracts';
import type { IncomingRecord, KafkaPort, Serde } from '@kairos/stream-kit';
import { percentile } from '../../kit/statistics.ts';
import { ORDER, userIdOf, type Walk } from './customers.ts';

/** Where a mail's time goes: each leg ends with the record on its topic (or the mail at the server). */
export const LEGS = ['collect', 'identify', 'enrich', 'detect', 'arbitrate', 'dispatch'] as const;
export type Leg = (typeof LEGS)[number];

/** Of each leg the ms of every order, in no order that means anything; `slowest`: the mean of each leg over the slowest 1 %. */
export interface Waterfall {
  readonly tookMs: Readonly<Record<Leg, readonly number[]>>;
  readonly slowestMs: Readonly<Record<Leg, number>>;
}

type Ends = ReadonlyMap<TopicName, ReadonlyMap<number, number>>;

/** Whose order, or what came of it, a record is; null = something else. */
const readers: { readonly [T in TopicName]?: (value: TopicValues[T]) => string | null } = {
  'events.collected': ({ name, userId }) => (name === ORDER && userId ? `user:${userId}` : null),
  'events.identified': ({ event }) => (event?.event.name === ORDER ? event.personId : null),
  'events.enriched': ({ event }) => (event?.name === ORDER ? event.personId : null),
  'messages.proposed': ({ proposal }) => proposal?.personId ?? null,
  'messages.chosen': ({ message }) => message?.personId ?? null,
};
const TOPICS = Object.keys(readers) as TopicName[];

/** Reads on the walk's own topics (their times are the broker's) when each order passed them. */
export class WaterfallMeter {
  readonly #kafka: KafkaPort;
  readonly #serde: Serde;
  #from: Ends = new Map();

  constructor(kafka: KafkaPort, serde: Serde) {
    this.#kafka = kafka;
    this.#serde = serde;
  }

  /** From here on. Nothing may be under way. */
  async begin(): Promise<void> {
    const ends = TOPICS.map(async (topic) => {
      const offsets = await this.#kafka.offsets(topic);
      return [topic, new Map([...offsets].map(([partition, { end }]) => [partition, end]))] as const;
    });
    this.#from = new Map(await Promise.all(ends));
  }

  /** What became of the walks since then. Nothing may be under way. */
  async end(walks: readonly Walk[]): Promise<Waterfall> {
    const seen = await Promise.all(TOPICS.map((topic) => this.#timesAt(topic)));
    const nth = new Map<string, number>();
    const rows = walks.map(({ customer, postedAtMs, mailedAtMs }) => {
      const person = `user:${userIdOf(customer)}`;
      const which = nth.get(person) ?? 0;
      nth.set(person, which + 1);
      const moments = [postedAtMs, ...seen.map((times) => times.get(person)?.[which] ?? Number.NaN), mailedAtMs];
      return LEGS.map((_leg, at) => (moments[at + 1] ?? Number.NaN) - (moments[at] ?? Number.NaN));
    });
    const lost = rows.filter((row) => row.some(Number.isNaN)).length;
    if (lost > 0) throw new Error(`${lost} of ${rows.length} orders were not found on every topic`);
    return drawn(rows);
  }

  async #timesAt(topic: TopicName): Promise<Map<string, number[]>> {
    const times = new Map<string, number[]>();
    const from = this.#from.get(topic) ?? new Map<number, number>();
    const onRecords = async (records: readonly IncomingRecord[]): Promise<void> => {
      for (const { value, logTimeMs } of records) {
        const person = value === null ? null : await this.#personOf(topic, value);
        if (person !== null) times.set(person, [...(times.get(person) ?? []), logTimeMs]);
      }
    };
    const reader = await this.#kafka.read({ topic, partitions: [...from.keys()], from, onRecords });
    await reader.done;
    return times;
  }

  async #personOf<T extends TopicName>(topic: T, bytes: Buffer): Promise<string | null> {
    const read = readers[topic] as ((value: TopicValues[T]) => string | null) | undefined;
    return read?.(await this.#serde.decode(topic, bytes)) ?? null;
  }
}

const perLeg = <T>(of: (leg: number) => T): Record<Leg, T> =>
  Object.fromEntries(LEGS.map((leg, at) => [leg, of(at)])) as Record<Leg, T>;

const drawn = (rows: readonly (readonly number[])[]): Waterfall => {
  const whole = (row: readonly number[]): number => row.reduce((sum, ms) => sum + ms, 0);
  const limitMs = percentile(rows.map(whole), 0.99);
  const slowest = rows.filter((row) => whole(row) >= limitMs);
  return {
    tookMs: perLeg((at) => rows.map((row) => row[at] ?? 0)),
    slowestMs: perLeg((at) => slowest.reduce((sum, row) => sum + (row[at] ?? 0), 0) / slowest.length),
  };
};

import type { CollectedEvent, EnrichedRecord, IdentifiedRecord, Origin } from '@kairos/contracts';
import { type IncomingRecord, partitionOf } from '@kairos/stream-kit';
import { decoded } from '../house/serde.ts';
import { Violation } from '../violation.ts';
import { sourceKeyOf } from '../world/clients.ts';
import type { Cluster, Log } from '../world/cluster.ts';

/** A record as whoever reads the log sees it. */
export interface Seen<V> {
  readonly value: V;
  readonly partition: number;
  readonly offset: number;
  readonly logTimeMs: number;
}

/** An event as it must take effect: once, at the person whom identify knows at that point of the log. */
export interface Expected {
  readonly event: CollectedEvent;
  /** The person that its source key was linked to first, if ever. */
  readonly firstLink: () => string | undefined;
  readonly personId: string;
  /** Who the source key would be by itself. */
  readonly ownId: string;
  readonly sourceKey: string;
  /** Place among the events of its source key. */
  readonly number: number;
  readonly loggedAtMs: number;
}

type MarkerCarrier = Pick<EnrichedRecord, 'origin' | 'marker'>;

const ORDER = 1_000_000;

/** Reads the logs of a run without any of the code under test but the codecs. */
export class History {
  readonly #cluster: Cluster;
  readonly #values = new WeakMap<IncomingRecord, object>();
  /** Asked for by many oracles, while nothing is appended. */
  readonly #effective = new Map<string, { readonly appended: number; readonly logs: unknown }>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  value(record: IncomingRecord): object {
    const known = this.#values.get(record);
    if (known !== undefined) return known;
    const value = record.value === null ? {} : decoded(record.topic, record.value);
    this.#values.set(record, value);
    return value;
  }

  all<V>(log: Log): readonly Seen<V>[] {
    return log.records.map((record) => {
      const { partition, offset, logTimeMs } = record;
      return { value: this.value(record) as V, partition, offset, logTimeMs };
    });
  }

  /** What an origin points at. */
  at<V>({ topic, partition, offset }: Origin): V {
    const record = this.#cluster.log(topic, partition).records[offset];
    return (record === undefined ? {} : this.value(record)) as V;
  }

  /** The log without what a reader has to drop: records whose origin is not higher than one met before. */
  effective<V extends { readonly origin: Origin | null }>(topic: string): readonly (readonly Seen<V>[])[] {
    const known = this.#effective.get(topic);
    if (known?.appended === this.#cluster.appended) return known.logs as readonly (readonly Seen<V>[])[];
    const logs = this.#withoutRepeats<V>(topic);
    this.#effective.set(topic, { appended: this.#cluster.appended, logs });
    return logs;
  }

  #withoutRepeats<V extends { readonly origin: Origin | null }>(topic: string): readonly (readonly Seen<V>[])[] {
    return this.#cluster.logs(topic).map((log) => {
      const highest = new Map<string, number>();
      return this.all<V>(log).filter(({ value: { origin } }) => {
        if (origin === null) return true;
        const source = `${origin.topic}/${origin.partition}`;
        const place = origin.offset * ORDER + origin.number;
        if (place <= (highest.get(source) ?? -1)) return false;
        highest.set(source, place);
        return true;
      });
    });
  }

  /** The pointer of each old person: its first move. */
  movedPersons(): ReadonlyMap<string, string> {
    const pointers = new Map<string, string>();
    for (const { value } of this.effective<EnrichedRecord>('events.enriched').flat()) {
      if (value.moved !== null && !pointers.has(value.moved.personId)) {
        pointers.set(value.moved.personId, value.moved.to);
      }
    }
    return pointers;
  }

  /** Who is who in the end: follows the pointers of all moves. */
  finalPerson(): (personId: string) => string {
    const pointers = this.movedPersons();
    return (personId) => {
      let at = personId;
      for (let hops = 0; pointers.has(at); hops += 1) {
        if (hops > pointers.size) throw new Violation('loop', `the pointers form a circle at ${at}`);
        at = pointers.get(at) ?? at;
      }
      return at;
    };
  }

  /** Reports carry no origin: repeats have the same id, and dropping them is the reader's care. */
  effectiveReports<V>(): readonly Seen<V>[] {
    return this.#cluster.logs('messages.reported').flatMap((log) => this.all<V>(log));
  }

  /** What the clients sent and must take effect, and what must be refused, as a fold of the collected log: first of its id, under its own key, in order. */
  expected(): { readonly expected: ReadonlyMap<string, Expected>; readonly refused: ReadonlySet<string> } {
    const found = new Map<string, Expected>();
    const refused = new Set<string>();
    const logs = this.#cluster.logs('events.collected');
    for (const log of logs) {
      const routes = new Map<string, string>();
      const links = new Map<string, string>();
      for (const { value: event, loggedAtMs } of this.#ofRightKey(log, logs.length)) {
        const sourceKey = sourceKeyOf(event);
        const firstLink = () => links.get(sourceKey);
        if (event.link !== null) {
          // Only the first word counts for the key itself, and only if it is the one who moves.
          if (links.has(sourceKey) || !isOlder(ownIdOf(event), event.link.to)) continue;
          links.set(sourceKey, event.link.to);
          routes.set(sourceKey, event.link.to);
          continue;
        }
        if (found.has(event.messageId) || refused.has(event.messageId)) continue;
        if (event.anonymousId !== null && event.userId !== null) {
          const user = `user:${event.userId}`;
          // An alias claims the past, and that is another user's already.
          if (event.type === 'alias' && (links.get(sourceKey) ?? user) !== user) {
            refused.add(event.messageId);
            continue;
          }
          routes.set(sourceKey, user);
          if (!links.has(sourceKey)) links.set(sourceKey, user);
        }
        const personId = routes.get(sourceKey) ?? ownIdOf(event);
        const ownId = ownIdOf(event);
        found.set(event.messageId, { event, firstLink, personId, ownId, sourceKey, number: found.size, loggedAtMs });
      }
    }
    return { expected: found, refused };
  }

  #ofRightKey(log: Log, count: number): { value: CollectedEvent; loggedAtMs: number }[] {
    return this.all<CollectedEvent>(log)
      .filter(({ value }) => partitionOf(sourceKeyOf(value), count) === log.partition)
      .map(({ value, logTimeMs }) => ({ value, loggedAtMs: logTimeMs }));
  }

  /** The same origin must never say two things: whoever repeats a record after a crash repeats it word by word. */
  checkRepeats(topics: readonly string[]): void {
    for (const topic of topics) {
      for (const log of this.#cluster.logs(topic)) {
        const said = new Map<string, Buffer>();
        for (const record of log.records) {
          const { origin } = this.value(record) as { origin?: Origin | null };
          if (origin == null || record.value === null) continue;
          const name = `${origin.topic}/${origin.partition}@${origin.offset}#${origin.number}`;
          const before = said.get(name);
          if (before === undefined) said.set(name, record.value);
          else if (!before.equals(record.value)) {
            throw new Violation('repeats', `${topic}/${log.partition} says two things of ${name}`);
          }
        }
      }
    }
  }

  /** A tick promises that all which was logged before it at its source lies in the log before it. */
  checkTicks(): void {
    for (const [partition, log] of this.effective<IdentifiedRecord>('events.identified').entries()) {
      const told = new Map<string, number>();
      for (const { value, offset } of log) {
        for (const { source, timeMs } of value.tick?.sources ?? []) {
          told.set(source, Math.max(told.get(source) ?? -1, timeMs));
        }
        if (value.origin === null || value.tick !== null) continue;
        const { topic, partition: from, offset: at } = value.origin;
        const loggedAtMs = this.#cluster.log(topic, from).records[at]?.logTimeMs ?? 0;
        const time = told.get(`${topic}/${from}`) ?? -1;
        if (loggedAtMs < time) {
          const about = `events.identified/${partition}@${offset} came from ${topic}/${from}@${at}`;
          throw new Violation('ticks', `${about}, logged ${time - loggedAtMs} ms before a tick that stands before it`);
        }
      }
    }
  }

  /** Time in a partition is the minimum over all declared sources, as they have ticked there so far, and nothing else. */
  checkTime(declared: readonly string[]): void {
    for (const [partition, log] of this.effective<EnrichedRecord>('events.enriched').entries()) {
      const ticks = this.all<IdentifiedRecord>(this.#cluster.log('events.identified', partition));
      const told = new Map<string, number>();
      let at = 0;
      for (const { value } of log) {
        if (value.time === null) continue;
        for (; at <= (value.origin?.offset ?? -1); at += 1) {
          for (const { source, timeMs } of ticks[at]?.value.tick?.sources ?? []) {
            told.set(source, Math.max(told.get(source) ?? -1, timeMs));
          }
        }
        const minimum = Math.min(...declared.map((source) => told.get(source) ?? -1));
        if (minimum !== value.time.timeMs) {
          throw new Violation('time', `events.enriched/${partition} says ${value.time.timeMs - minimum} ms too much`);
        }
      }
    }
  }

  /** Whatever happened on the way: in the end every partition of every stage works by what was published last. */
  checkLatestPlaybook(version: string): void {
    for (const topic of ['events.identified', 'events.enriched', 'messages.proposed']) {
      for (const [partition, log] of this.effective<MarkerCarrier>(topic).entries()) {
        const last = log.findLast(({ value }) => value.marker !== null)?.value.marker?.version;
        if (last !== version)
          throw new Violation('playbook', `${topic}/${partition} ends under ${last}, not ${version}`);
      }
    }
  }

  /** Version at work for each effective record of `events.enriched`, by its place. */
  versions(): ReadonlyMap<string, string> {
    const versions = new Map<string, string>();
    for (const [partition, log] of this.effective<EnrichedRecord>('events.enriched').entries()) {
      let version = '';
      for (const { value, offset } of log) {
        if (value.marker !== null) version = value.marker.version;
        versions.set(`${partition}@${offset}`, version);
      }
    }
    return versions;
  }
}

/** Who moves to whom: e-mail and card to browser to user, of a kind to the smaller id. */
const isOlder = (a: string, b: string): boolean => {
  const [rankA, rankB] = [a, b].map((id) => ['user', 'anon'].indexOf(id.slice(0, id.indexOf(':'))));
  const place = (rank: number | undefined): number => (rank === undefined || rank < 0 ? 2 : rank);
  return place(rankA) > place(rankB) || (place(rankA) === place(rankB) && a > b);
};

const ownIdOf = (event: CollectedEvent): string => {
  const { anonymousId, userId, email } = event;
  if (anonymousId !== null) return `anon:${anonymousId}`;
  if (userId !== null) return `user:${userId}`;
  return email === null ? `card:${sourceKeyOf(event)}` : `email:${email}`;
};

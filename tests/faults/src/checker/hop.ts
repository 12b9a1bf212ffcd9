import type { Origin } from '@kairos/contracts';
import { Findings, type Promised } from './findings.ts';

/** Where a record lies. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** One output that the offline fold of the recorded input gives, in the order of the fold per source partition. */
export interface ExpectedOutput extends Place {
  readonly origin: Origin;
  /** What it says, as a hash of the bytes that must be on the log. */
  readonly digest: string;
  /** The id of its effect (a firing, a decision, an event): the same effect under another origin is a double. */
  readonly id: string;
  readonly key: string;
}

/** One record as it stands on the log, written by the stage that is looked at. */
export interface SeenOutput extends Place {
  readonly offset: number;
  readonly origin: Origin;
  readonly digest: string;
  readonly key: string;
  /** Only asked for when the record was not expected. */
  id(): string;
}

interface Awaited {
  readonly output: ExpectedOutput;
  /** Place in the fold's order among what goes from one source partition to one target partition. */
  readonly at: number;
  seen: number;
}

const nameOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;
const originText = ({ topic, partition, offset, number }: Origin): string =>
  `${topic}/${partition}@${offset}#${number}`;
const linkOf = (place: Place, origin: Origin): string => `${nameOf(place)}<${origin.topic}/${origin.partition}`;
const keyOf = (place: Place, origin: Origin): string =>
  `${place.topic}/${place.partition}<${origin.partition}@${origin.offset}#${origin.number}`;

/**
 * One hop of the walk: what the fold of a stage's recorded input gives, against what the stage has written. A record may
 * come again under the same origin with the same bytes (a repeat after a crash); everything else is a finding.
 */
export class HopCheck {
  readonly #findings: Findings;
  readonly #awaited = new Map<string, Awaited>();
  readonly #ids = new Map<string, string>();
  readonly #lengths = new Map<string, number>();
  readonly #highest = new Map<string, number>();
  #repeats = 0;

  constructor(where: string) {
    this.#findings = new Findings(where);
  }

  /** MUST be called for all outputs of the fold, in its order, before anything is seen. */
  expect(output: ExpectedOutput): void {
    const link = linkOf(output, output.origin);
    const at = this.#lengths.get(link) ?? 0;
    this.#lengths.set(link, at + 1);
    this.#awaited.set(keyOf(output, output.origin), { output, at, seen: 0 });
    if (output.id !== '') this.#ids.set(`${nameOf(output)} ${output.id}`, originText(output.origin));
  }

  /** MUST be called in the order of the log, per partition. */
  see(record: SeenOutput): void {
    const awaited = this.#awaited.get(keyOf(record, record.origin));
    const place = `${nameOf(record)}@${record.offset} (${record.key}) from ${originText(record.origin)}`;
    if (awaited === undefined) {
      this.#unexpected(record, place);
      return;
    }
    awaited.seen += 1;
    if (awaited.output.digest !== record.digest) {
      const which = awaited.seen > 1 ? 'came again with another content' : 'says something else than the fold';
      this.#findings.add('phantom', `${place} ${which}: ${record.id()}, the fold has ${awaited.output.id}`);
      return;
    }
    if (awaited.seen > 1) {
      this.#repeats += 1;
      return;
    }
    const link = linkOf(record, record.origin);
    const highest = this.#highest.get(link) ?? -1;
    if (awaited.at < highest)
      this.#findings.add('reordered', `${place} came after what follows it: ${awaited.output.id}`);
    else this.#highest.set(link, awaited.at);
  }

  #unexpected(record: SeenOutput, place: string): void {
    const id = record.id();
    const known = id === '' ? undefined : this.#ids.get(`${nameOf(record)} ${id}`);
    if (known !== undefined) this.#findings.add('doubled', `${place}: ${id} was said already, from ${known}`);
    else this.#findings.add('phantom', `${place}: the fold knows nothing of ${id || 'it'}`);
  }

  result(promise: string): Promised {
    for (const { output, seen } of this.#awaited.values()) {
      if (seen > 0) continue;
      const from = `from ${originText(output.origin)}`;
      this.#findings.add('lost', `${nameOf(output)} lacks ${output.id || 'a record'} (${output.key}) ${from}`);
    }
    return {
      promise,
      findings: this.#findings.all,
      figures: { records: this.#awaited.size, repeats: this.#repeats, lost: this.#findings.count('lost') },
    };
  }
}

/** Drops what a stage must drop: a record whose origin is not higher than the highest seen from its source partition. */
export class Repeats {
  readonly #highest = new Map<string, readonly [offset: number, number: number]>();

  isRepeat(place: Place, origin: Origin | null): boolean {
    if (origin === null) return false;
    const link = linkOf(place, origin);
    const seen = this.#highest.get(link);
    if (seen !== undefined && (origin.offset < seen[0] || (origin.offset === seen[0] && origin.number <= seen[1])))
      return true;
    this.#highest.set(link, [origin.offset, origin.number]);
    return false;
  }
}

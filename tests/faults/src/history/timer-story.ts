import type { EnrichedRecord, TriggerDetected } from '@kairos/contracts';
import { Repeats } from '../checker/hop.ts';
import type { Firing, StoryEntry, TimerRule } from '../checker/timers.ts';
import type { LogEntry } from './log.ts';

interface Partition {
  readonly partition: number;
  readonly entries: StoryEntry[];
  readonly firings: Firing[];
}

/** What the model of timers must know of the log: events that arm and cancel, time, and what fired. */
export class TimerStory {
  readonly #rule: TimerRule;
  readonly #isModelled: (person: string) => boolean;
  readonly #partitions = new Map<number, Partition>();
  readonly #repeats = new Repeats();

  constructor(rule: TimerRule, isModelled: (person: string) => boolean) {
    this.#rule = rule;
    this.#isModelled = isModelled;
  }

  get partitions(): readonly Partition[] {
    return [...this.#partitions.values()];
  }

  /** A record of `events.enriched`. */
  add({ record, value }: LogEntry): void {
    const { origin, event, time, waiting } = value as unknown as EnrichedRecord;
    if (this.#repeats.isRepeat(record, origin)) return;
    const { offset } = record;
    const { entries } = this.#partition(record.partition);
    if (time !== null) entries.push({ kind: 'time', offset, timeMs: time.timeMs });
    if (waiting !== null && this.#isModelled(waiting.personId))
      entries.push({ kind: 'waits', offset, person: waiting.personId, isWaiting: waiting.keys > 0 });
    if (event === null || !this.#isModelled(event.personId)) return;
    const { personId: person, messageId, loggedAtMs, occurredAtMs: atMs, name } = event;
    const kind = name === 'Product Added' ? 'arm' : name === 'Order Completed' ? 'cancel' : undefined;
    if (kind === undefined) return void entries.push({ kind: 'other', offset, person, loggedAtMs });
    const { cart_id: cartId = '' } = JSON.parse(event.properties) as { cart_id?: string };
    entries.push({ kind, offset, person, instance: cartId, messageId, atMs, loggedAtMs });
  }

  /** A record of `triggers.detected`. */
  fired({ record, value }: LogEntry): void {
    const { origin, triggerId, outcome, personId: person, causes } = value as unknown as TriggerDetected;
    if (origin === null || triggerId !== this.#rule.triggerId || outcome !== 'fired' || !this.#isModelled(person))
      return;
    if (this.#repeats.isRepeat(record, origin)) return;
    this.#partition(record.partition).firings.push({ person, armedBy: causes[0] ?? '', atOffset: origin.offset });
  }

  #partition(partition: number): Partition {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const made: Partition = { partition, entries: [], firings: [] };
    this.#partitions.set(partition, made);
    return made;
  }
}

import type { Origin } from '@kairos/contracts';
import type { TaskMeta } from './task-meta.ts';

type Place = [offset: number, number: number];

/**
 * The highest origin seen per source partition (rule 3), kept in the task's meta. Nearly all origins name the same topic,
 * so its places are remembered by partition number.
 */
export class OriginsSeen {
  #places: Place[] = [];
  #topic = '';
  #of: TaskMeta['origins'] | undefined;

  isRepeat(origin: Origin, meta: TaskMeta): boolean {
    const seen = this.#placeOf(origin, meta);
    return seen !== undefined && !isHigher(origin, seen);
  }

  /** Notes an origin whose record was applied. A dead letter that was put back is lower than what was seen since. */
  note(origin: Origin, meta: TaskMeta): void {
    const seen = this.#placeOf(origin, meta);
    if (seen === undefined) {
      meta.origins[`${origin.topic}/${origin.partition}`] = [origin.offset, origin.number];
    } else if (isHigher(origin, seen)) {
      seen[0] = origin.offset;
      seen[1] = origin.number;
    }
  }

  #placeOf({ topic, partition }: Origin, { origins }: TaskMeta): Place | undefined {
    if (this.#of !== origins || this.#topic !== topic) {
      this.#of = origins;
      this.#topic = topic;
      this.#places = [];
    }
    const known = this.#places[partition];
    if (known !== undefined) return known;
    const found = origins[`${topic}/${partition}`];
    if (found !== undefined) this.#places[partition] = found;
    return found;
  }
}

const isHigher = (origin: Origin, [offset, number]: Place): boolean =>
  origin.offset > offset || (origin.offset === offset && origin.number > number);

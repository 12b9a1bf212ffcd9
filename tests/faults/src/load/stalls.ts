import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaPort } from '@kairos/stream-kit';
import type { Work } from '../scenarios/groups.ts';

interface Standing {
  readonly atMs: number;
  readonly committed: number;
}

/** A partition whose reader stood still although there was something to read. */
export interface Stall {
  readonly partition: number;
  readonly fromMs: number;
  readonly toMs: number;
}

const EVERY_MS = 150;

export const lastedMs = ({ fromMs, toMs }: Stall): number => toMs - fromMs;

/** Watches how a group gets on in each partition, by its committed offsets: four times a second at best. */
export class StallWatch {
  readonly #kafka: KafkaPort;
  readonly #work: Work;
  readonly #last = new Map<number, Standing>();
  readonly #stalls: Stall[] = [];
  readonly #running: Promise<void>;
  #closed = false;

  constructor(kafka: KafkaPort, work: Work) {
    this.#kafka = kafka;
    this.#work = work;
    this.#running = this.#run();
  }

  /** The longest stall of each partition, as far as it is within a span; one that still lasts counts up to now. */
  longest(fromMs: number, toMs: number): readonly Stall[] {
    const none = ([partition]: [number, Standing]): Stall => ({ partition, fromMs, toMs: fromMs });
    const longest = new Map([...this.#last].map((one) => [one[0], none(one)]));
    const open = [...this.#last].map(([partition, { atMs }]) => ({ partition, fromMs: atMs, toMs: Date.now() }));
    for (const { partition, ...stall } of [...this.#stalls, ...open]) {
      const within = { partition, fromMs: Math.max(stall.fromMs, fromMs), toMs: Math.min(stall.toMs, toMs) };
      const known = longest.get(partition);
      if (known !== undefined && lastedMs(within) > lastedMs(known)) longest.set(partition, within);
    }
    return [...longest.values()];
  }

  /** Resolves when each partition has got on since the call, or nothing waits in it; or after so long. */
  async untilAllMove(longestMs: number): Promise<void> {
    const fromMs = Date.now();
    const stands = ({ atMs }: Standing): boolean => atMs <= fromMs;
    while (Date.now() - fromMs < longestMs) {
      if (this.#last.size > 0 && ![...this.#last.values()].some(stands)) return;
      await delay(EVERY_MS);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#look().catch(() => undefined);
      await delay(EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    const { groupId, topic } = this.#work;
    const [committed, ends] = await Promise.all([this.#kafka.groupOffsets(groupId, topic), this.#kafka.offsets(topic)]);
    const atMs = Date.now();
    for (const [partition, { end }] of ends) {
      const now = committed.get(partition) ?? 0;
      const last = this.#last.get(partition);
      if (last !== undefined && now === last.committed && now < end) continue;
      if (last !== undefined) this.#stalls.push({ partition, fromMs: last.atMs, toMs: atMs });
      this.#last.set(partition, { atMs, committed: now });
    }
  }
}

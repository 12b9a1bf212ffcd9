import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KafkaPort, RecordProducer } from '../ports.ts';
import { collect, fresh, topicOn, until } from './port-kit.fixture.ts';

/** A member of the group that is late for every join: all others wait for it. */
export type LateMember = (about: { readonly groupId: string; readonly topic: string }) => Promise<{
  close(): Promise<void>;
}>;

/** Three of them for the first of two members, two for the first of three: it loses one and keeps two. */
const PARTITIONS = 5;
const EVERY_MS = 20;
/**
 * A fetch waits 150 ms at most and a batch here takes 30. Nothing in between waits for another member, so even a busy
 * machine stays far below the five seconds by which the late one may be late.
 */
const LONGEST_GAP_MS = 1_000;
/** A commit comes 250 ms after what it covers, and is looked for each 100 ms. */
const LONGEST_COMMIT_GAP_MS = 1_500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One record to each partition, again and again. */
const keepSending = (producer: RecordProducer, topic: string): { stop(): Promise<void> } => {
  let over = false;
  const running = (async () => {
    while (!over) {
      await producer.send(
        Array.from({ length: PARTITIONS }, (_none, partition) => ({
          topic,
          partition,
          key: 'k',
          value: Buffer.alloc(8),
        })),
      );
      await pause(EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      over = true;
      await running;
    },
  };
};

/** Looks where the group stands, again and again. */
const watchCommits = (
  look: () => Promise<ReadonlyMap<number, number>>,
): { readonly pace: Pace; stop(): Promise<void> } => {
  const pace = new Pace();
  const last = new Map<number, number>();
  let over = false;
  const running = (async () => {
    while (!over) {
      for (const [partition, offset] of await look()) {
        if (last.get(partition) !== offset) pace.note(partition);
        last.set(partition, offset);
      }
      await pause(100);
    }
  })();
  return {
    pace,
    stop: async () => {
      over = true;
      await running;
    },
  };
};

/** When something happened to each partition. */
class Pace {
  readonly #atMs = new Map<number, number[]>();

  note(partition: number): void {
    this.#atMs.set(partition, [...(this.#atMs.get(partition) ?? []), Date.now()]);
  }

  longestGap(partition: number, fromMs: number): number {
    const times = [fromMs, ...(this.#atMs.get(partition) ?? []).filter((atMs) => atMs > fromMs), Date.now()];
    return Math.max(...times.slice(1).map((atMs, at) => atMs - (times[at] ?? atMs)));
  }
}

/** What a Kafka port must hold for partitions that stay while others come and go, whoever is late for it. */
export const portStays = (name: string, open: () => Promise<KafkaPort>, late?: LateMember): void => {
  describe(`what stays with a member of a Kafka port: ${name}`, () => {
    let port: KafkaPort;
    let producer: RecordProducer;
    beforeAll(async () => {
      port = await open();
      producer = await port.producer();
    });
    afterAll(async () => {
      await producer.close();
      await port.close();
    });

    it('goes on without a gap while another member joins and leaves, and commits nothing for what is lost', async () => {
      const topic = await topicOn(port, 'stays', PARTITIONS);
      const groupId = fresh('group');
      const pace = new Pace();
      const slowly = async ([first]: readonly { readonly partition: number }[]): Promise<void> => {
        await pause(30);
        pace.note(first?.partition ?? -1);
      };
      const one = await collect(port, { groupId, topic }, { start: () => 'committed', onBatch: slowly });
      const theLate = await (late?.({ groupId, topic }) ?? Promise.resolve(undefined));
      const shared = late === undefined ? PARTITIONS : Math.ceil(PARTITIONS / 2);
      await until('its share', () => one.assigned.size === shared, 40_000);
      const load = keepSending(producer, topic);
      await until('the first records', () => one.records.length > 50);

      const commits = watchCommits(() => port.groupOffsets(groupId, topic));
      const before = [...one.assigned];
      const joinMs = Date.now();
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      // Nothing is ever done with what the second one gets: whatever is committed for it, the first one has committed.
      const two = await collect(port, { groupId, topic }, { start: () => 'earliest', onBatch: () => gate });
      await until('something is lost', () => one.assigned.size < before.length, 40_000);
      const lost = before.filter((name) => !one.assigned.has(name));
      const stayed = before.filter((name) => one.assigned.has(name));
      const committedOf = async (): Promise<readonly (number | undefined)[]> => {
        const committed = await port.groupOffsets(groupId, topic);
        return lost.map((name) => committed.get(Number(name.slice(name.lastIndexOf('/') + 1))));
      };
      const atLoss = await committedOf();
      await pause(1_000);
      expect(await committedOf()).toEqual(atLoss);

      release();
      await two.consumer.close();
      await until('all again', () => before.every((name) => one.assigned.has(name)), 40_000);
      await pause(500);
      expect(stayed.length).toBeGreaterThan(0);
      for (const partition of stayed.map((name) => Number(name.slice(name.lastIndexOf('/') + 1)))) {
        const ms = pace.longestGap(partition, joinMs);
        expect({ partition, stalls: ms > LONGEST_GAP_MS ? ms : 0 }).toEqual({ partition, stalls: 0 });
        const commitMs = commits.pace.longestGap(partition, joinMs);
        const uncommitted = commitMs > LONGEST_COMMIT_GAP_MS ? commitMs : 0;
        expect({ partition, uncommitted }).toEqual({ partition, uncommitted: 0 });
        const offsets = one.records.filter((record) => record.partition === partition).map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.map((_offset, at) => (offsets[0] ?? 0) + at));
      }
      expect(one.errors).toEqual([]);
      await Promise.all([load.stop(), commits.stop()]);
      await theLate?.close();
      await one.consumer.close();
    }, 120_000);
  });
};

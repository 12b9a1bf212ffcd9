import kafkajs from 'kafkajs';
import { FIRST_MS, HOUR_MS, timeRecord } from '../../kit/cart-left.ts';
import {
  DETECT_GROUP,
  type House,
  type OpenHouse,
  openWriter,
  pause,
  startDetect,
  sumOf,
  until,
} from '../../kit/detect-house.ts';
import { type LoopDelay, measure, watchLoopDelay } from '../../kit/measure.ts';
import { peakRssMb } from '../../kit/proc.ts';

export interface DueInput extends House {
  readonly timers: number;
}

export interface DueOutput {
  readonly delay: LoopDelay;
  readonly fireS: number;
  readonly fireCpuS: number;
  readonly rssMb: number;
  /** The same member of the same group, before and after. */
  readonly membershipAlive: boolean;
  readonly firedOnce: boolean;
}

const memberOf = async ({ brokers, prefix }: House): Promise<string> => {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([`${prefix}${DETECT_GROUP}`]);
    const [group] = groups;
    return `${group?.state} ${group?.members.map(({ memberId }) => memberId).join(' ')}`;
  } finally {
    await admin.disconnect();
  }
};

/** A running stage with all timers armed meets the time at which all of them are due. */
export const fireAll = async ({ timers, ...house }: DueInput): Promise<DueOutput> => {
  const { stage, alive, ...open } = await startDetect(house);
  await until('all timers to be armed', () => {
    alive();
    return sumOf(stage, 'timers') === timers && sumOf(stage, 'lag') === 0;
  });
  await pause(4_000); // the cut that follows is not what is measured
  const before = await memberOf(house);
  const writer = await openWriter(open);
  const delayed = watchLoopDelay();
  const { wallS, cpuS } = await measure(async () => {
    await writer.send([[0, timeRecord(FIRST_MS + 2 * HOUR_MS)]]);
    await until('all timers to fire', async () => {
      alive();
      const end = (await open.kafka.offsets('messages.proposed')).get(0)?.end ?? 0;
      // The marker, the proposals, and the time that goes on when all of them were made.
      return end >= timers + 2 && sumOf(stage, 'lag') === 0;
    });
  });
  const delay = delayed();
  const after = await memberOf(house);
  const firedOnce = await eachOnce(open, timers);
  await writer.close();
  await open.close();
  alive();
  return {
    delay,
    fireS: wallS,
    fireCpuS: cpuS,
    rssMb: peakRssMb(),
    membershipAlive: before.startsWith('Stable') && before === after,
    firedOnce,
  };
};

/** Every person's trigger was detected once, and proposed once. */
const eachOnce = async ({ kafka, serde }: OpenHouse, timers: number): Promise<boolean> => {
  const seen = { 'triggers.detected': new Set<string>(), 'messages.proposed': new Set<string>() };
  let repeats = 0;
  const personOf = async (topic: keyof typeof seen, value: Buffer): Promise<string | undefined> =>
    topic === 'triggers.detected'
      ? (await serde.decode(topic, value)).personId
      : (await serde.decode(topic, value)).proposal?.personId;
  for (const topic of ['triggers.detected', 'messages.proposed'] as const) {
    const reader = await kafka.read({
      topic,
      partitions: [0],
      onRecords: async (records) => {
        for (const { value } of records) {
          const person = value === null ? undefined : await personOf(topic, value);
          if (person === undefined) continue;
          if (seen[topic].has(person)) repeats += 1;
          seen[topic].add(person);
        }
      },
    });
    await reader.done;
  }
  return repeats === 0 && Object.values(seen).every(({ size }) => size === timers);
};

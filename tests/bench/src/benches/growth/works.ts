import { cartRecord, type DetectCore, detectCore, FIRST_MS, HOUR_MS, viewRecord } from '../../kit/cart-left.ts';
import { type House, startDetect, until, writeCarts } from '../../kit/detect-house.ts';
import { measure } from '../../kit/measure.ts';
import { randomFrom } from '../../kit/samples.ts';
import { declareWorks } from '../../kit/work.ts';
import { throughCore } from '../timers/index-works.ts';

export interface KeysInput {
  readonly keys: number;
  readonly events: number;
}

export interface GrowthOutput {
  readonly perCpuS: number;
  readonly perS: number;
}

const PIECE = 4_000;

/** What a shop's customers do: of eight events five look, two put into the cart, one orders. */
const recordOf = (person: number, number: number): Parameters<DetectCore['apply']>[0]['value'] => {
  const kind = number % 8;
  if (kind > 2) return viewRecord(person, { number, atMs: FIRST_MS + HOUR_MS / 2 });
  const name = kind === 0 ? 'Order Completed' : 'Product Added';
  return cartRecord(person, { number, name, atMs: FIRST_MS + HOUR_MS / 2 });
};

/** Events of so many persons through the detector's fold, each person's state there already. */
const overKeys = async ({ keys, events }: KeysInput): Promise<GrowthOutput> => {
  const core = detectCore();
  let offset = 0;
  const apply = (value: Parameters<DetectCore['apply']>[0]['value']): void => {
    offset += 1;
    core.apply({ offset, logTimeMs: FIRST_MS, value });
  };
  for (let person = 0; person < keys; person += 1) {
    apply(cartRecord(person, { number: offset, name: 'Product Added', atMs: FIRST_MS }));
  }
  const random = randomFrom(keys);
  let cpuS = 0;
  let wallS = 0;
  const pieces = Math.ceil(events / PIECE);
  const warmUp = Math.ceil(pieces / 2);
  for (let piece = 0; piece < warmUp + pieces; piece += 1) {
    // A cut every so often, as in life: what has changed must not gather for ever.
    core.takeDirty();
    const first = offset;
    const records = Array.from({ length: PIECE }, (_, at) => recordOf(Math.floor(random() * keys), first + at));
    const took = await measure(() => {
      for (const record of records) apply(record);
    });
    if (piece < warmUp) continue;
    cpuS += took.cpuS;
    wallS += took.wallS;
  }
  return { perCpuS: (pieces * PIECE) / cpuS, perS: (pieces * PIECE) / wallS };
};

export interface PartitionsInput extends House {
  readonly partitions: number;
  readonly events: number;
}

/** The first part of the log warms the compiler. */
const WARM_UP_SHARE = 0.3;

/** The detector's stage over a topic that stands filled, from the end of the warm-up to its end, state and outputs durable. */
const overPartitions = async ({ partitions, events, ...house }: PartitionsInput): Promise<GrowthOutput> => {
  const total = events + partitions;
  let acknowledged = 0;
  let warm: { readonly records: number; readonly atMs: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  let output: GrowthOutput | undefined;
  const { alive, close } = await startDetect(house, {
    onBatch: ({ records }) => {
      acknowledged += records;
      if (warm === undefined && acknowledged >= total * WARM_UP_SHARE) {
        warm = { records: acknowledged, atMs: performance.now(), cpu: process.cpuUsage() };
      } else if (warm !== undefined && acknowledged >= total && output === undefined) {
        const { user, system } = process.cpuUsage(warm.cpu);
        const measured = total - warm.records;
        output = {
          perS: (measured * 1000) / (performance.now() - warm.atMs),
          perCpuS: (measured * 1e6) / (user + system),
        };
      }
    },
  });
  await until('the end of the log', () => {
    alive();
    return acknowledged >= total;
  });
  await close();
  if (output === undefined) throw new Error('the log came in one batch: it is too short to be measured');
  return output;
};

export const works = declareWorks(import.meta.url, { overKeys, overPending: throughCore, overPartitions, writeCarts });

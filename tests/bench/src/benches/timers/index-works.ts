import { KeySlots, TimerIndex } from '@kairos/stream-kit';
import { cartRecord, type DetectCore, detectCore, FIRST_MS, HOUR_MS } from '../../kit/cart-left.ts';
import { measure, usedBytes } from '../../kit/measure.ts';
import { peakRssMb } from '../../kit/proc.ts';
import { personId, randomFrom } from '../../kit/samples.ts';

export interface PendingInput {
  readonly pending: number;
  /** Timers scheduled and as many cancelled, measured; half as many go before, unmeasured. */
  readonly operations: number;
}

export interface PendingOutput {
  /** Schedules and cancels per CPU second. */
  readonly perCpuS: number;
  readonly bytesPerTimer: number;
  readonly rssMb: number;
}

/** Made outside of what is measured, so that it is not measured; few, so that they need no room. */
const PIECE = 2_000;

/** `measured` for pieces of work whose preparation is not to count. */
const timedPieces = async (pieces: number, prepare: (piece: number) => () => void): Promise<number> => {
  let cpuS = 0;
  for (let piece = 0; piece < pieces; piece += 1) {
    const work = prepare(piece);
    cpuS += (await measure(work)).cpuS;
  }
  return cpuS;
};

const spreadDue = (person: number, pending: number): number => FIRST_MS + Math.floor((person / pending) * HOUR_MS);

/** Schedule and cancel through the fold, as the detector has it: an order takes the timer back, a new cart sets it again. */
export const throughCore = async ({ pending, operations }: PendingInput): Promise<PendingOutput> => {
  const core = detectCore();
  const before = usedBytes();
  let offset = 0;
  const apply = (value: Parameters<DetectCore['apply']>[0]['value']): void => {
    offset += 1;
    core.apply({ offset, logTimeMs: FIRST_MS, value });
  };
  for (let person = 0; person < pending; person += 1) {
    apply(cartRecord(person, { number: offset, name: 'Product Added', atMs: spreadDue(person, pending) }));
  }
  // A cut would have written them.
  core.takeDirty();
  if (core.timers.size !== pending) throw new Error(`${core.timers.size} timers pending, ${pending} expected`);
  const bytesPerTimer = (usedBytes() - before) / pending;

  const random = randomFrom(pending);
  const prepare = (): (() => void) => {
    const first = offset;
    const records = Array.from({ length: PIECE }, (_, at) => {
      const person = Math.floor(random() * pending);
      const number = first + 2 * at;
      return [
        cartRecord(person, { number, name: 'Order Completed', atMs: FIRST_MS + HOUR_MS / 2 }),
        cartRecord(person, { number: number + 1, name: 'Product Added', atMs: FIRST_MS + HOUR_MS / 2 }),
      ];
    }).flat();
    return () => {
      for (const record of records) apply(record);
    };
  };
  await timedPieces(Math.ceil(operations / PIECE / 2), prepare);
  const pieces = Math.ceil(operations / PIECE);
  const cpuS = await timedPieces(pieces, prepare);
  if (core.timers.size !== pending)
    throw new Error(`${core.timers.size} timers pending afterwards, ${pending} expected`);
  return { perCpuS: (pieces * PIECE * 2) / cpuS, bytesPerTimer, rssMb: peakRssMb() };
};

/** The index of due times alone. */
export const indexAlone = async ({ pending, operations }: PendingInput): Promise<PendingOutput> => {
  const keys = Array.from({ length: pending }, (_, person) => personId(person));
  const before = usedBytes();
  const slots = new KeySlots();
  const index = new TimerIndex(slots);
  keys.forEach((key, person) => {
    index.set(key, spreadDue(person, pending) + HOUR_MS);
  });
  const bytesPerTimer = (usedBytes() - before) / pending;
  const random = randomFrom(pending);
  let round = 0;
  const prepare = (): (() => void) => {
    round += 1;
    const some = Array.from({ length: PIECE }, () => keys[Math.floor(random() * pending)] ?? '');
    const dueAtMs = FIRST_MS + 2 * HOUR_MS + round;
    return () => {
      for (const key of some) {
        index.removeAt(slots.find(key));
        index.set(key, dueAtMs);
      }
    };
  };
  await timedPieces(Math.ceil(operations / PIECE / 2), prepare);
  const pieces = Math.ceil(operations / PIECE);
  const cpuS = await timedPieces(pieces, prepare);
  if (index.size !== pending) throw new Error(`${index.size} timers pending afterwards, ${pending} expected`);
  return { perCpuS: (pieces * PIECE * 2) / cpuS, bytesPerTimer, rssMb: peakRssMb() };
};

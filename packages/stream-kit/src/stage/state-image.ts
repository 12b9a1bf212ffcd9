import type { ImageColumns } from './packed-part.ts';
import { PackedStates, tableOf } from './packed-states.ts';
import { PackedTimers } from './packed-timers.ts';
import type { Restored, StateImage } from './restored.ts';

const KEYS_AT_ONCE = 5_000;
/** A call into the runtime costs more than copying so much here. */
const SHORT = 40;

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const copy = (
  from: Buffer,
  into: Buffer,
  { at, start, end }: { readonly at: number; readonly start: number; readonly end: number },
): void => {
  if (end - start > SHORT) from.copy(into, at, start, end);
  else for (let done = start; done < end; done += 1) into[at + done - start] = from[done] as number;
};

const columnsOf = async (states: PackedStates, present: Int32Array): Promise<ImageColumns> => {
  const count = present.length;
  const keyAt = new Uint32Array(count + 1);
  const stateAt = new Uint32Array(count + 1);
  const dueAtMs = new Float64Array(count);
  const hashes = new Int32Array(count);
  for (let at = 0; at < count; at += 1) {
    const entry = present[at] as number;
    const { part, index } = states.placeOf(entry);
    keyAt[at + 1] = (keyAt[at] as number) + (part.keyAt[index + 1] as number) - (part.keyAt[index] as number);
    stateAt[at + 1] = (stateAt[at] as number) + (part.stateAt[index + 1] as number) - (part.stateAt[index] as number);
    dueAtMs[at] = part.dueAtMs[index] as number;
    hashes[at] = states.hashAt(entry);
    if (at % KEYS_AT_ONCE === 0) await breath();
  }
  const keys = Buffer.allocUnsafeSlow(keyAt[count] as number);
  const bytes = Buffer.allocUnsafeSlow(stateAt[count] as number);
  for (let at = 0; at < count; at += 1) {
    const { part, index } = states.placeOf(present[at] as number);
    copy(part.keys, keys, {
      at: keyAt[at] as number,
      start: part.keyAt[index] as number,
      end: part.keyAt[index + 1] as number,
    });
    copy(part.states, bytes, {
      at: stateAt[at] as number,
      start: part.stateAt[index] as number,
      end: part.stateAt[index + 1] as number,
    });
    if (at % KEYS_AT_ONCE === 0) await breath();
  }
  const columns = { count, keys, keyAt, states: bytes, stateAt, dueAtMs, hashes, table: tableOf(hashes) };
  await breath();
  const heap = PackedTimers.heapOf(PackedStates.ofImage({ ...columns, heap: undefined }));
  return { ...columns, heap };
};

/** Makes an image when it is asked for; it takes as much memory as the states of its partition. */
export type MakeImage = () => Promise<StateImage>;

/** What was restored, as it is now; made in slices. Undefined where there is nothing. */
export const imageOf = (restored: Restored): MakeImage | undefined => {
  const { states, meta, toOffset, known, cuts, fullBytes } = restored;
  if (meta === undefined) return undefined;
  const present = states.present();
  return async () => ({
    meta: JSON.stringify(meta),
    toOffset,
    known: [...known].map(([key, about]) => ({ key, ...about })),
    cuts,
    fullBytes,
    columns: await columnsOf(states, present),
  });
};

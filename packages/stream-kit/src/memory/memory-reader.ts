import type { IncomingRecord, ReadOptions, RecordReader } from '../ports.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nap = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

/** Reads logs in memory as a port's `read` does. */
export const readFrom = (log: (partition: number) => readonly IncomingRecord[], options: ReadOptions): RecordReader => {
  const { partitions, from } = options;
  const ends = new Map(partitions.map((one) => [one, (log(one).at(-1)?.offset ?? -1) + 1]));
  const position = new Map<number, number>();
  let closed = false;
  const reachedEnds = (): boolean => partitions.every((one) => (position.get(one) ?? 0) >= (ends.get(one) ?? 0));
  const run = async (): Promise<void> => {
    const starts =
      typeof from === 'function' ? await from(new Map([...ends].map(([one, end]) => [one, { start: 0, end }]))) : from;
    if (starts !== undefined && starts !== 'earliest') for (const [one, start] of starts) position.set(one, start);
    for (let caughtUp = false; !closed; await (caughtUp ? nap() : tick())) {
      for (const partition of partitions) {
        const next = position.get(partition) ?? 0;
        const most = options.follow === true ? Number.POSITIVE_INFINITY : (ends.get(partition) ?? 0);
        const records = log(partition).filter(({ offset }) => offset >= next && offset < most);
        if (records.length > 0) await options.onRecords(records);
        position.set(partition, (records.at(-1)?.offset ?? next - 1) + 1);
      }
      if (!caughtUp && reachedEnds()) {
        caughtUp = true;
        options.onCaughtUp?.();
      }
      if (caughtUp && options.follow !== true) return;
    }
  };
  const done = run();
  done.catch(() => undefined);
  return {
    done,
    close: async () => {
      closed = true;
      await done.catch(() => undefined);
    },
  };
};

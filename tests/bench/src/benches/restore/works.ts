import { type House, openHouse, startDetect, sumOf, until, writeCarts } from '../../kit/detect-house.ts';
import { measure } from '../../kit/measure.ts';
import { peakRssMb, usedRssMb } from '../../kit/proc.ts';
import { declareWorks } from '../../kit/work.ts';

export interface RestoreInput extends House {
  readonly partitions: number;
  readonly persons: number;
}

export interface FoldOutput {
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly eventsPerS: number;
}

export interface ReadOutput {
  readonly seconds: number;
  readonly cpuS: number;
  readonly bytes: number;
  readonly rssMb: number;
}

/** Reads every person's cart, writes its cuts and stops: what stays is the changelog. */
const foldAll = async ({ persons, ...house }: RestoreInput): Promise<FoldOutput> => {
  const { stage, alive, close } = await startDetect(house);
  const { wallS } = await measure(() =>
    until('every person to be known', () => {
      alive();
      return sumOf(stage, 'keys') === persons && sumOf(stage, 'lag') === 0;
    }),
  );
  globalThis.gc?.();
  const output = { rssMb: usedRssMb(), peakRssMb: peakRssMb(), eventsPerS: persons / wallS };
  await close();
  return output;
};

/** A process starts with nothing but the changelog: from its assignment to the last key. */
const restoreCold = async ({ persons, ...house }: RestoreInput): Promise<ReadOutput> => {
  let seconds = 0;
  const cpu = process.cpuUsage();
  const { stage, alive, close } = await startDetect(house, {
    onRestored: ({ tookMs }) => {
      seconds = Math.max(seconds, tookMs / 1000);
    },
  });
  await until('every person to be restored', () => {
    alive();
    return stage.restoring === 0;
  });
  const { user, system } = process.cpuUsage(cpu);
  const keys = sumOf(stage, 'keys');
  if (keys !== persons) throw new Error(`${keys} persons were restored, ${persons} expected`);
  const output = { seconds, cpuS: (user + system) / 1e6, bytes: 0, rssMb: peakRssMb() };
  await close();
  return output;
};

/** The same bytes read through the port and looked at by nobody. */
const readRaw = async ({ partitions, ...house }: RestoreInput): Promise<ReadOutput> => {
  const { kafka, close } = await openHouse(house);
  let bytes = 0;
  const { wallS, cpuS } = await measure(async () => {
    const reader = await kafka.read({
      topic: 'detect.changelog',
      partitions: Array.from({ length: partitions }, (_, partition) => partition),
      onRecords: (records) => {
        for (const { value } of records) bytes += value?.length ?? 0;
      },
    });
    await reader.done;
  });
  await close();
  return { seconds: wallS, cpuS, bytes, rssMb: peakRssMb() };
};

export const works = declareWorks(import.meta.url, { writeCarts, foldAll, restoreCold, readRaw });

import { fileCopies, silentLogger } from '@kairos/stream-kit';
import { type House, openHouse, startDetect, sumOf, until, writeCarts } from '../../kit/detect-house.ts';
import { measure } from '../../kit/measure.ts';
import { peakRssMb, usedRssMb } from '../../kit/proc.ts';
import { declareWorks } from '../../kit/work.ts';

export interface RestoreInput extends House {
  readonly partitions: number;
  readonly persons: number;
}

export interface WarmInput extends RestoreInput {
  readonly stateDir: string;
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
  /** Partitions that started from their copy. */
  readonly warm?: number;
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

/** A process starts: from its assignment to the last key. */
const restoreAll = async ({ persons, ...house }: RestoreInput, stateDir?: string): Promise<ReadOutput> => {
  let seconds = 0;
  let warm = 0;
  const cpu = process.cpuUsage();
  const hooks = {
    onRestored: (about: { readonly tookMs: number; readonly warm: boolean }): void => {
      seconds = Math.max(seconds, about.tookMs / 1000);
      warm += about.warm ? 1 : 0;
    },
  };
  const copies = stateDir === undefined ? undefined : fileCopies(stateDir, silentLogger);
  const { stage, alive, close } = await startDetect(house, hooks, copies);
  await until('every person to be restored', () => {
    alive();
    return stage.restoring === 0;
  });
  const { user, system } = process.cpuUsage(cpu);
  const keys = sumOf(stage, 'keys');
  if (keys !== persons) throw new Error(`${keys} persons were restored, ${persons} expected`);
  const output = { seconds, cpuS: (user + system) / 1e6, bytes: 0, rssMb: peakRssMb(), warm };
  await close();
  return output;
};

/** With nothing but the changelog. */
const restoreCold = (input: RestoreInput): Promise<ReadOutput> => restoreAll(input);

/** With the copy that the process before left in `stateDir`; the first one leaves it there. */
const restoreWarm = ({ stateDir, ...input }: WarmInput): Promise<ReadOutput> => restoreAll(input, stateDir);

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

export const works = declareWorks(import.meta.url, { writeCarts, foldAll, restoreCold, restoreWarm, readRaw });

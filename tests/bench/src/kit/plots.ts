import { join } from 'node:path';
import { repoRoot, thisCommit, thisMachine, writeJson } from './baseline.ts';
import type { Plot } from './bench.ts';

/** Keeps the data of a plot; `npm run generate` draws it. */
export const writePlot = (plot: Plot): string => {
  const { file, ...rest } = plot;
  const path = join(repoRoot, 'docs/performance', `${file}.json`);
  writeJson(path, {
    ...rest,
    date: new Date().toISOString().slice(0, 10),
    commit: thisCommit(),
    machine: thisMachine(),
  });
  return path;
};

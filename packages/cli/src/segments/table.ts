import { compileFeature, type ModelFeature } from '@kairos/decisions';
import { CliError } from '../exit.ts';
import type { AskedFeature } from './feature-text.ts';
import type { Person } from './persons.ts';

/** Persons as points: one row per person, one number per feature. */
export interface Table {
  readonly features: readonly ModelFeature[];
  readonly personIds: readonly string[];
  /** As people read them: days, orders, money. */
  readonly raw: readonly (readonly number[])[];
  /** On the scale of the model. */
  readonly points: readonly (readonly number[])[];
}

export interface TableOptions {
  /** The moment from which days count back, UTC ms. */
  readonly atMs: number;
  /** Whether features are brought to mean 0 and deviation 1: distances need it, questions are asked in plain numbers. */
  readonly standardise: boolean;
}

const plain = { mean: 0, sd: 1, log: false };

/** Reads the features by the very code that every event will be read by. */
export function tableOf(
  persons: readonly Person[],
  asked: readonly AskedFeature[],
  { atMs, standardise }: TableOptions,
): Table {
  const features = asked.map((one) => learnScale(one, persons, { atMs, standardise }));
  const raws = features.map((feature) => compileFeature({ ...feature, ...plain }));
  const reads = features.map(compileFeature);
  return {
    features,
    personIds: persons.map(({ personId }) => personId),
    raw: persons.map(({ profile }) => raws.map((read) => read(profile, atMs))),
    points: persons.map(({ profile }) => reads.map((read) => read(profile, atMs))),
  };
}

function learnScale(
  asked: AskedFeature,
  persons: readonly Person[],
  { atMs, standardise }: TableOptions,
): ModelFeature {
  const whenMissing = asked.whenMissing ?? largestOf(asked, persons, atMs);
  const unscaled = { ...asked, whenMissing, mean: 0, sd: 1 };
  if (!standardise) return { ...unscaled, log: false };
  const read = compileFeature(unscaled);
  const values = persons.map(({ profile }) => read(profile, atMs));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  if (!(sd > 1e-12)) {
    throw new CliError(
      `The feature “${asked.name}” is the same for all ${persons.length} persons (${mean}), so it tells nobody apart: leave it out of --features.`,
    );
  }
  return { ...unscaled, mean, sd };
}

/** Whoever never did it is as far away as the farthest. */
function largestOf(asked: AskedFeature, persons: readonly Person[], atMs: number): number {
  if (asked.reads === 'value') return 0;
  const read = compileFeature({ ...asked, ...plain, whenMissing: 0 });
  return persons.reduce((largest, { profile }) => Math.max(largest, read(profile, atMs)), 0);
}

/** Mean of each feature of some rows, as people read it. */
export function meansOf({ raw, features }: Table, rows: readonly number[]): readonly number[] {
  return features.map((_, at) => rows.reduce((sum, row) => sum + (raw[row]?.[at] ?? 0), 0) / Math.max(rows.length, 1));
}

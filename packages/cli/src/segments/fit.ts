import { type CompiledPlaybook, compileCondition, compilePlaybook, type ModelDefinition } from '@kairos/decisions';
import type { UnversionedModel } from '@kairos/playbook';
import { CliError } from '../exit.ts';
import { fitKMeans } from './fit-kmeans.ts';
import { fitTree } from './fit-tree.ts';
import type { FitOptions, Fitted } from './fit-types.ts';
import type { Person } from './persons.ts';
import { sampleOf } from './silhouette.ts';
import { meansOf, type Table, tableOf } from './table.ts';

export interface GroupReport {
  readonly id: string;
  readonly persons: number;
  readonly share: number;
  /** Mean of each feature, as people read it. */
  readonly means: Readonly<Record<string, number>>;
}

export interface FitReport extends Fitted {
  readonly trainedOn: number;
  /** Persons who fulfil `where`, and all who were read. */
  readonly asked: number;
  readonly read: number;
  readonly groups: readonly GroupReport[];
  readonly table: Table;
  /** Per row of the table the number of its group. */
  readonly assigned: readonly number[];
}

/** Training looks at no more: what more persons would change is lost in rounding. */
export const MAX_TRAINED = 100_000;
const MIN_PERSONS = 10;

/** Trains a model and reports on it by asking it of everybody, as the stages will. Same persons and seed, same model. */
export function fit(persons: readonly Person[], options: FitOptions): FitReport {
  const { kind, where, features, atMs, seed } = options;
  const asked = askedOf(persons, where, atMs);
  if (asked.length < MIN_PERSONS) {
    const whom = where === null ? '' : ` for whom ${where}`;
    throw new CliError(
      `Of ${persons.length} persons there are ${asked.length}${whom}, and a model needs at least ${MIN_PERSONS}: import more history, or widen --where.`,
    );
  }
  const trained = sampleOf(asked.length, MAX_TRAINED, seed).flatMap((row) => asked[row] ?? []);
  const table = tableOf(trained, features, { atMs, standardise: kind === 'kmeans' });
  const fitted = kind === 'kmeans' ? fitKMeans(table, options) : fitTree(table, trained, options);
  return {
    ...fitted,
    ...reportOf(fitted.model, asked, { table, trained, atMs }),
    trainedOn: trained.length,
    asked: asked.length,
    read: persons.length,
  };
}

function askedOf(persons: readonly Person[], where: string | null, atMs: number): readonly Person[] {
  if (where === null) return persons;
  const condition = compileCondition(where);
  return persons.filter(({ profile, segments }) => condition.evaluate({ profile, segments, now: atMs }));
}

interface Reporting {
  readonly table: Table;
  readonly trained: readonly Person[];
  readonly atMs: number;
}

function reportOf(model: UnversionedModel, asked: readonly Person[], { table, trained, atMs }: Reporting) {
  const groupOf = groupFinder({ ...model, where: null, status: 'live', version: '' } as ModelDefinition);
  const number = (person: Person): number => model.groups.findIndex(({ id }) => id === groupOf(person, atMs));
  const assigned = trained.map(number);
  const all = trained.length === asked.length ? assigned : asked.map(number);
  const groups = model.groups.map(({ id }, at) => {
    const size = all.filter((one) => one === at).length;
    const rows = assigned.flatMap((one, row) => (one === at ? [row] : []));
    const means = meansOf(table, rows);
    return {
      id,
      persons: size,
      share: size / all.length,
      means: Object.fromEntries(table.features.map(({ name }, feature) => [name, means[feature] ?? 0])),
    };
  });
  return { table, assigned, groups };
}

function groupFinder(definition: ModelDefinition): (person: Person, atMs: number) => string | null {
  const playbook: CompiledPlaybook = compilePlaybook({
    version: '',
    offset: 0,
    timeScale: 1,
    definitions: [definition],
  });
  const [fault] = playbook.faults;
  if (fault !== undefined) throw new CliError(`What was learned is no model: ${fault.field} ${fault.fault.message}.`);
  const [model] = playbook.models;
  return ({ profile }, atMs) => model?.groupOf({ profile, now: atMs }) ?? null;
}

import type { ChangelogPart } from '@kairos/contracts';
import { ChangelogView, declaredSources, TaskCore } from '@kairos/stream-kit';
import { compileOnce } from '../house/playbooks.ts';
import { type StageName, type StageProcessor, stageNames, stageProcessors } from '../house/stages.ts';
import { Violation } from '../violation.ts';
import type { Cluster } from '../world/cluster.ts';
import { PARTITIONS } from '../world/world.ts';
import type { History } from './history.ts';

const about = { partitionCount: PARTITIONS, declaredSources: declaredSources(PARTITIONS) };

/** States of all stages as a machine would find them that has nothing but the logs. */
export type States = ReadonlyMap<StageName, ReadonlyMap<string, unknown>>;

/**
 * What a changelog holds must be the straight fold of the input up to where it stands, byte for byte, whoever wrote it,
 * crashed while writing or went on as a zombie.
 */
export class RestoredState {
  readonly #cluster: Cluster;
  readonly #history: History;
  readonly #folds = new Map<string, TaskCore<unknown, unknown, unknown>>();

  constructor(cluster: Cluster, history: History) {
    this.#cluster = cluster;
    this.#history = history;
  }

  check(): States {
    const states = new Map<StageName, Map<string, unknown>>();
    for (const name of stageNames) {
      const processor = stageProcessors[name](about);
      const all = new Map<string, unknown>();
      states.set(name, all);
      for (const { partition } of this.#cluster.logs(processor.input)) {
        const view = this.#view(`${processor.name}.changelog`, partition);
        const core = this.#foldTo(processor, partition, view.toOffset);
        this.#compare(core, view, `${processor.name}/${partition}@${view.toOffset}`);
        for (const [key, state] of core.states) all.set(key, state);
      }
    }
    return states;
  }

  #view(topic: string, partition: number) {
    const view = new ChangelogView();
    for (const record of this.#cluster.log(topic, partition).records) {
      const part = record.value === null ? null : (this.#history.value(record) as ChangelogPart);
      view.add(record.key?.toString() ?? '', part);
    }
    return view.restore();
  }

  #foldTo(processor: StageProcessor, partition: number, toOffset: number): TaskCore<unknown, unknown, unknown> {
    const name = `${processor.name}/${partition}`;
    const core =
      this.#folds.get(name) ??
      (new TaskCore(processor, partition, (offset, version) => compileOnce(version, offset)) as TaskCore<
        unknown,
        unknown,
        unknown
      >);
    this.#folds.set(name, core);
    if (core.meta.nextOffset > toOffset) {
      throw new Violation('cuts', `${name} was cut at ${core.meta.nextOffset}, and now at ${toOffset} only`);
    }
    const log = this.#cluster.log(processor.input, partition);
    for (const record of this.#cluster.read(log, core.meta.nextOffset, toOffset - core.meta.nextOffset)) {
      const { offset, logTimeMs } = record;
      core.apply({ offset, logTimeMs, value: this.#history.value(record) });
    }
    return core;
  }

  #compare(
    core: TaskCore<unknown, unknown, unknown>,
    restored: ReturnType<ChangelogView['restore']>,
    name: string,
  ): void {
    for (const [key, state] of core.states) {
      const bytes = restored.states.get(key);
      if (bytes === undefined) throw new Violation('restore', `${name} has lost the state of ${key}`);
      const folded = Buffer.from(core.processor.encode(state));
      if (!folded.equals(bytes)) {
        throw new Violation('restore', `${name}, ${key}: ${text(bytes)} instead of ${text(folded)}`);
      }
    }
    for (const key of restored.states.keys()) {
      if (!core.states.has(key)) throw new Violation('restore', `${name} still holds the state of ${key}`);
    }
    const { meta } = restored;
    if (meta !== undefined && canonical(meta) !== canonical(core.meta)) {
      throw new Violation('restore', `${name}: meta ${canonical(meta)} instead of ${canonical(core.meta)}`);
    }
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').slice(0, 400);

/** JSON with its keys in order, since a map that was restored may list them otherwise. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

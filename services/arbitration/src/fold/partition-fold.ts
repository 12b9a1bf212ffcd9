import type { MessageDecided, ProposedRecord } from '@kairos/contracts';
import { type CompiledPlaybook, type PersonContactState, personOf } from '@kairos/decisions';
import { type IncomingRecord, newMeta, type Output, type Processor, TaskCore, type TaskMeta } from '@kairos/stream-kit';
import {
  type Commit,
  type ContactState,
  type Playbooks,
  type Proposal,
  type Standing,
  type Verdict,
  versionAt,
  type Watch,
} from '../ports.ts';

export interface FoldOptions {
  readonly partition: number;
  readonly processor: Processor<PersonContactState, ProposedRecord, CompiledPlaybook>;
  readonly state: ContactState;
  readonly playbooks: Playbooks;
  readonly watch: Watch;
  /** Puts aside a record that the pure step refuses, before the partition moves on. */
  poisoned(record: IncomingRecord, error: unknown): Promise<void>;
  /** Persons kept in memory between batches. Default 20,000. */
  readonly keepPersons?: number;
}

/**
 * One partition's fold over the store: the pure step decides on states in memory, each record is committed as a whole.
 * Believes to know where the store stands, and is thrown away when the store says otherwise (`StateMoved`).
 */
export class PartitionFold {
  readonly #options: FoldOptions;
  readonly #core: TaskCore<PersonContactState, ProposedRecord, CompiledPlaybook>;
  /** Version of each person in memory; '' = known to have nothing. */
  readonly #versions = new Map<string, string>();
  #applied = -1;
  /** Offsets with a stored verdict whose outputs were acknowledged since the last commit. */
  #acknowledged: number[] = [];

  private constructor(options: FoldOptions) {
    this.#options = options;
    const { processor, partition, playbooks } = options;
    this.#core = new TaskCore(processor, partition, (offset, version) => playbooks.at(offset, version));
  }

  /** Reads where the partition stands. */
  static async open(options: FoldOptions, standing: Standing): Promise<PartitionFold> {
    const fold = new PartitionFold(options);
    const meta: TaskMeta = standing.meta === '' ? newMeta() : (JSON.parse(standing.meta) as TaskMeta);
    if (meta.playbookOffset >= 0) await options.playbooks.readUpTo(meta.playbookOffset);
    fold.#core.restore([], meta);
    for (const [personId, dueAtMs] of await options.state.dueTimes()) fold.#core.timers.set(personId, dueAtMs);
    fold.#applied = standing.applied;
    return fold;
  }

  get applied(): number {
    return this.#applied;
  }
  get timeMs(): number {
    return this.#core.meta.timeMs;
  }
  get timers(): number {
    return this.#core.timers.size;
  }
  get persons(): number {
    return this.#versions.size;
  }

  /**
   * Applies records that follow what was applied, and answers their outputs. Outputs below `acknowledgedBelow` are known
   * to be on the log already: they are neither stored nor answered.
   */
  async apply(records: readonly Proposal[], acknowledgedBelow: number): Promise<readonly Verdict[]> {
    await this.#prefetch(records);
    const commits: Commit[] = [];
    const verdicts: Verdict[] = [];
    for (const record of records) {
      const outputs = await this.#step(record);
      const { playbookVersion } = this.#core.meta;
      const verdict = { offset: record.offset, outputs, playbookVersion, traceparent: record.traceparent };
      const isOpen = outputs.length > 0 && record.offset >= acknowledgedBelow;
      if (isOpen) verdicts.push(verdict);
      commits.push(this.#commitOf(record.offset, isOpen ? JSON.stringify(verdict) : ''));
    }
    await this.#options.state.commit(commits);
    this.#acknowledged = [];
    this.#count(records.length, verdicts);
    this.#evict();
    return verdicts;
  }

  /** Verdicts of records that were applied before and whose outputs nobody acknowledged. */
  async repeats(offsets: readonly number[]): Promise<readonly Verdict[]> {
    this.#options.watch.repeats(offsets.length);
    const stored = await this.#options.state.verdicts(offsets);
    return offsets.flatMap((offset) => {
      const verdict = stored.get(offset);
      return verdict === undefined ? [] : [JSON.parse(verdict) as Verdict];
    });
  }

  acknowledged(verdicts: readonly Verdict[]): void {
    for (const { offset } of verdicts) this.#acknowledged.push(offset);
  }

  /** Everything that the records may touch, in one read; and the playbook as far as they switch it. */
  async #prefetch(records: readonly Proposal[]): Promise<void> {
    const wanted = new Set<string>();
    let timeMs = -1;
    let playbookOffset = -1;
    for (const { value } of records) {
      if (value === undefined) continue;
      const personId = personOf(value);
      if (personId !== undefined) wanted.add(personId);
      timeMs = Math.max(timeMs, value.time?.timeMs ?? -1);
      playbookOffset = Math.max(playbookOffset, value.marker?.playbookOffset ?? -1);
    }
    if (playbookOffset >= 0) await this.#options.playbooks.readUpTo(playbookOffset);
    for (const personId of this.#dueAt(timeMs)) wanted.add(personId);
    const missing = [...wanted].filter((personId) => !this.#versions.has(personId));
    if (missing.length === 0) return;
    const loaded = await this.#options.state.load(missing);
    for (const personId of missing) {
      const remembered = loaded.get(personId);
      if (remembered !== undefined) this.#core.states.set(personId, remembered.state);
      this.#versions.set(personId, remembered?.version ?? '');
    }
  }

  /** Who will be decided when time comes to `timeMs`. MUST all be in memory then: the core passes over whom it does not hold. */
  #dueAt(timeMs: number): readonly string[] {
    if ((this.#core.timers.earliest ?? Number.POSITIVE_INFINITY) > timeMs) return [];
    return this.#core.timers.keysDue(timeMs);
  }

  /** The step is pure: what it refuses once it refuses always, so trying again would not help. */
  async #step({ value, ...record }: Proposal): Promise<readonly Output[]> {
    if (value !== undefined) {
      try {
        const { outputs, failedTimers } = this.#core.apply({ ...record, value });
        for (const { error } of failedTimers) this.#options.watch.failed(this.#options.partition, error);
        return outputs;
      } catch (error) {
        await this.#options.poisoned(record.raw, error);
      }
    }
    this.#core.skip(record.offset);
    return [];
  }

  #commitOf(offset: number, verdict: string): Commit {
    const { processor } = this.#options;
    const persons = [...this.#core.takeDirty().states()].map(([personId, state]) => ({
      personId,
      expectedVersion: this.#versions.get(personId) ?? '',
      state,
      dueAtMs: state === undefined ? undefined : processor.dueAtMs?.(state),
    }));
    for (const { personId, state } of persons)
      this.#versions.set(personId, state === undefined ? '' : versionAt(offset));
    const commit: Commit = {
      offset,
      expectedApplied: this.#applied,
      meta: JSON.stringify(this.#core.meta),
      persons,
      verdict,
      acknowledged: this.#acknowledged,
    };
    this.#acknowledged = [];
    this.#applied = offset;
    return commit;
  }

  /** Forgets persons in memory, oldest first; the store has them. Their due times stay in the index. */
  #evict(): void {
    const keep = this.#options.keepPersons ?? 20_000;
    if (this.#versions.size <= keep) return;
    let over = this.#versions.size - Math.floor(keep * 0.8);
    for (const personId of this.#versions.keys()) {
      if (over <= 0) return;
      this.#versions.delete(personId);
      this.#core.evict(personId);
      over -= 1;
    }
  }

  #count(records: number, verdicts: readonly Verdict[]): void {
    this.#options.watch.applied(records);
    for (const { outputs } of verdicts) {
      for (const { topic, value } of outputs) {
        if (topic !== 'messages.decided') continue;
        const { fate, code, channel, handOver } = value as MessageDecided;
        if (handOver !== null) continue;
        this.#options.watch.decided(fate, code, channel);
      }
    }
  }
}

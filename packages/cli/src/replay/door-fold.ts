import { headers, identifiedRecord } from '@kairos/contracts';
import type { CompiledPlaybook } from '@kairos/decisions';
import { DirectRunner, type DirectRunnerOptions, type IncomingRecord, type Serde } from '@kairos/stream-kit';
import { decidingStages } from '../playbook/stages.ts';

/** A playbook that was made live, by the offset of its activation. */
export interface ActivatedPlaybook {
  readonly offset: number;
  readonly playbook: CompiledPlaybook;
}

export interface DoorFoldOptions {
  readonly serde: Serde;
  readonly partitions: number;
  readonly playbooks: readonly ActivatedPlaybook[];
  readonly listeners: NonNullable<DirectRunnerOptions<CompiledPlaybook>['listeners']>;
}

/**
 * Decides again what was decided: the recorded door goes through the very stages, with the times, playbook switches and
 * feedback that it holds, and nothing is written. Records of one partition must come in order of offset.
 */
export class DoorFold {
  readonly #runner: DirectRunner<CompiledPlaybook>;
  readonly #serde: Serde;

  constructor({ serde, partitions, playbooks, listeners }: DoorFoldOptions) {
    this.#serde = serde;
    this.#runner = new DirectRunner({
      startMs: 0,
      partitions,
      processors: decidingStages,
      recorded: ['events.identified'],
      listeners,
      // The house set it aside, too.
      onError: () => undefined,
    });
    for (const { offset, playbook } of playbooks) this.#runner.learn(offset, playbook);
  }

  async feed(record: IncomingRecord): Promise<void> {
    if (record.value === null) return;
    this.#runner.feed({
      topic: 'events.identified',
      partition: record.partition,
      offset: record.offset,
      logTimeMs: record.logTimeMs,
      key: record.key?.toString('utf8') ?? '',
      value: await this.#serde.decode('events.identified', record.value),
      ...(record.headers[headers.replayed] === undefined ? {} : { replayed: true }),
    });
  }

  /** A switch that the log no longer holds: the playbook that was live where the log begins. */
  begin(partition: number, { offset, version, before }: { offset: number; version: string; before: number }): void {
    this.#runner.feed({
      topic: 'events.identified',
      partition,
      offset: before - 1,
      logTimeMs: 0,
      key: 'marker',
      value: identifiedRecord({ marker: { playbookOffset: offset, version } }),
    });
  }
}

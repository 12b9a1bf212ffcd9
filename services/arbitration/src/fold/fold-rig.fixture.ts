import type { ProposedRecord } from '@kairos/contracts';
import { type CompiledPlaybook, hashId } from '@kairos/decisions';
import { type IncomingRecord, type Output, TaskCore } from '@kairos/stream-kit';
import { Redis } from 'ioredis';
import { createArbitrationProcessor } from '../core.ts';
import { noBody } from '../house.fixture.ts';
import type { ContactState, Verdict, Watch } from '../ports.ts';
import { PartitionTask } from './partition-task.ts';

/** A partition of messages.proposed in memory. Values are JSON; what is no JSON can't be decoded. */
export class MemoryLog {
  readonly records: IncomingRecord[] = [];
  committed = 0;

  append(...values: readonly (Partial<ProposedRecord> | string)[]): void {
    for (const value of values) {
      const offset = this.records.length;
      // As the detector does: the origin says which record it comes from.
      const origin = { topic: 'events.enriched', partition: 0, offset, number: 0 };
      const text = typeof value === 'string' ? value : JSON.stringify({ ...noBody, origin, ...value });
      this.records.push({
        topic: 'messages.proposed',
        partition: 0,
        offset,
        logTimeMs: 0,
        key: null,
        value: Buffer.from(text),
        headers: {},
      });
    }
  }
}

export class Watched implements Watch {
  readonly decisions: string[] = [];
  readonly lostAt: { applied: number; committed: number }[] = [];
  readonly rebuilds: number[] = [];
  readonly waits: string[] = [];
  readonly moves: string[] = [];
  repeated = 0;
  failures = 0;
  applied(): void {}
  repeats(records: number): void {
    this.repeated += records;
  }
  decided(fate: string, code: string | null): void {
    this.decisions.push(code === null ? fate : `${fate} ${code}`);
  }
  lost({ applied, committed }: { applied: number; committed: number }): void {
    this.lostAt.push({ applied, committed });
  }
  rebuilt({ records }: { records: number }): void {
    this.rebuilds.push(records);
  }
  waiting(_partition: number, error: Error | undefined): void {
    if (error !== undefined) this.waits.push(error.message);
  }
  moved(_partition: number, error: { reason: string }): void {
    this.moves.push(error.reason);
  }
  failed(): void {
    this.failures += 1;
  }
}

export const textOf = (output: Output): string => JSON.stringify(output, Object.keys(flat(output)).sort());
/** All property names at any depth: JSON with them sorted is equal for equal values. */
function flat(value: unknown, into: Record<string, true> = {}): Record<string, true> {
  if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      into[key] = true;
      flat(inner, into);
    }
  }
  return into;
}

/** One process that deals with partition 0. */
export class Instance {
  readonly watch = new Watched();
  readonly written: Output[] = [];
  readonly dead: number[] = [];
  readonly task: PartitionTask;
  readonly redis: Redis;
  /** Set to make the next write of outputs fail, as a crash before the acknowledgement. */
  crashNext = false;

  constructor(
    log: MemoryLog,
    book: CompiledPlaybook,
    about: {
      readonly redisUrl: string;
      readonly keepPersons?: number;
      newState(redis: Redis): ContactState;
    },
  ) {
    this.redis = new Redis(about.redisUrl, {
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 5000,
      retryStrategy: () => 50,
    });
    this.redis.on('error', () => undefined);
    this.task = new PartitionTask({
      partition: 0,
      processor: createArbitrationProcessor(),
      state: about.newState(this.redis),
      playbooks: { readUpTo: () => Promise.resolve(), at: () => book },
      watch: this.watch,
      log: {
        committed: () => Promise.resolve(log.committed),
        read: ({ from, to }, onRecords) => onRecords(log.records.slice(from, to)),
      },
      outputs: { write: (verdicts) => this.#write(verdicts) },
      deadLetters: {
        put: (record) => {
          this.dead.push(record.offset);
          return Promise.resolve();
        },
      },
      decode: (record) => {
        const { offset, logTimeMs } = record;
        const value = JSON.parse(String(record.value)) as ProposedRecord;
        return Promise.resolve({ offset, logTimeMs, value, raw: record });
      },
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      ...(about.keepPersons === undefined ? {} : { keepPersons: about.keepPersons }),
    });
  }

  get texts(): string[] {
    return this.written.map(textOf);
  }

  close(): void {
    this.task.end();
    this.redis.disconnect();
  }

  #write(verdicts: readonly Verdict[]): Promise<void> {
    if (this.crashNext) {
      this.crashNext = false;
      return Promise.reject(new Error('crash before the acknowledgement'));
    }
    this.written.push(...verdicts.flatMap(({ outputs }) => outputs));
    return Promise.resolve();
  }
}

/** The same log folded without Redis: what must come out. */
export function offlineFold(log: MemoryLog, book: CompiledPlaybook): Output[] {
  const core = new TaskCore(createArbitrationProcessor(), 0, () => book);
  return log.records.flatMap(({ offset, logTimeMs, value }) => {
    try {
      return [...core.apply({ offset, logTimeMs, value: JSON.parse(String(value)) as ProposedRecord }).outputs];
    } catch {
      core.skip(offset);
      return [];
    }
  });
}

export const newPrefix = (): string => `test:${hashId(String(process.pid), String(performance.now()))}:`;

import { createHash, randomUUID } from 'node:crypto';
import type { PersonContactState } from '@kairos/decisions';
import type { Redis } from 'ioredis';
import {
  type Commit,
  type ContactState,
  type Remembered,
  type Standing,
  StateMoved,
  StateUnavailable,
} from '../ports.ts';
import { COMMIT_SCRIPT, OPEN_SCRIPT } from './commit-script.ts';

const sha1 = (script: string): string => createHash('sha1').update(script).digest('hex');
const COMMIT_SHA = sha1(COMMIT_SCRIPT);
/** Persons asked for in one command batch. */
const LOAD_CHUNK = 500;
const DUE_CHUNK = 5000;

export interface RedisContactStateOptions {
  readonly redis: Redis;
  readonly partition: number;
  /** Before every key; keeps tests on one Redis apart. Default none. */
  readonly prefix?: string;
}

/**
 * Contact state of one partition in Redis (6.2 suffices). All keys share the hash tag `{ka:<partition>}`, so they live on
 * one node of a cluster and roll back together; all but the meta key carry the epoch, so what a lost store left behind is
 * never taken for what was written since.
 */
export class RedisContactState implements ContactState {
  readonly #redis: Redis;
  readonly #tag: string;
  #epoch = '';
  /** New with each reading of where the partition stands; a command of before that arrives late is another's. */
  #writer = '';
  #lastWriter = '';

  constructor({ redis, partition, prefix = '' }: RedisContactStateOptions) {
    this.#redis = redis;
    this.#tag = `${prefix}{ka:${partition}}`;
  }

  async open(): Promise<Standing> {
    return this.#asking(async () => {
      await this.#redis.script('LOAD', COMMIT_SCRIPT);
      const answer = (await this.#redis.eval(OPEN_SCRIPT, 1, this.#meta, randomUUID())) as [
        string,
        string,
        string,
        string,
        number,
      ];
      const [epoch, applied, meta, writer, missing] = answer;
      this.#epoch = epoch;
      this.#lastWriter = writer;
      this.#writer = randomUUID();
      if (missing === 1) await this.#removeLeftovers();
      return { applied: Number(applied), meta, wasMissing: missing === 1 };
    });
  }

  async load(personIds: readonly string[]): Promise<ReadonlyMap<string, Remembered>> {
    const found = new Map<string, Remembered>();
    for (let at = 0; at < personIds.length; at += LOAD_CHUNK) {
      const some = personIds.slice(at, at + LOAD_CHUNK);
      const pipeline = this.#redis.pipeline();
      for (const personId of some) pipeline.hmget(this.#person(personId), 'version', 'state');
      const replies = await this.#asking(() => pipeline.exec());
      some.forEach((personId, index) => {
        const [version, state] = this.#reply<(string | null)[]>(replies?.[index]);
        if (version != null && state != null)
          found.set(personId, { version, state: JSON.parse(state) as PersonContactState });
      });
    }
    return found;
  }

  async dueTimes(): Promise<readonly (readonly [string, number])[]> {
    const due: (readonly [string, number])[] = [];
    for (let at = 0; ; at += DUE_CHUNK) {
      const last = String(at + DUE_CHUNK - 1);
      const flat = await this.#asking(() => this.#redis.zrange(this.#due, String(at), last, 'WITHSCORES'));
      for (let i = 0; i + 1 < flat.length; i += 2) due.push([flat[i] ?? '', Number(flat[i + 1])]);
      if (flat.length < 2 * DUE_CHUNK) return due;
    }
  }

  async commit(commits: readonly Commit[]): Promise<void> {
    if (commits.length === 0) return;
    const pipeline = this.#redis.pipeline();
    for (const commit of commits) {
      const { keys, argv } = this.#callOf(commit);
      this.#lastWriter = this.#writer;
      pipeline.evalsha(COMMIT_SHA, keys.length, ...keys, ...argv);
    }
    const replies = await this.#asking(() => pipeline.exec());
    commits.forEach((commit, index) => {
      const [said, applied] = this.#reply<[string, number]>(replies?.[index]);
      if (said === 'ok') return;
      const believed = `offset ${commit.offset} after ${commit.expectedApplied}, the store stands at ${applied}`;
      throw new StateMoved(said as StateMoved['reason'], `contact state moved (${said}): ${believed}`);
    });
  }

  async verdicts(offsets: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const found = new Map<number, string>();
    if (offsets.length === 0) return found;
    const replies = await this.#asking(() => this.#redis.hmget(this.#verdicts, ...offsets.map(String)));
    offsets.forEach((offset, index) => {
      const verdict = replies[index];
      if (verdict != null) found.set(offset, verdict);
    });
    return found;
  }

  #callOf({ offset, expectedApplied, meta, persons, verdict, acknowledged }: Commit): {
    keys: string[];
    argv: string[];
  } {
    const keys = [this.#meta, this.#due, this.#verdicts, ...persons.map(({ personId }) => this.#person(personId))];
    const changes = persons.flatMap(({ personId, expectedVersion, state, dueAtMs }) => [
      personId,
      expectedVersion,
      state === undefined ? '' : JSON.stringify(state),
      dueAtMs ?? '',
    ]);
    const head = [this.#epoch, expectedApplied, offset, meta, verdict, this.#writer, this.#lastWriter];
    const argv = [...head, acknowledged.length, ...acknowledged, persons.length, ...changes];
    return { keys, argv: argv.map(String) };
  }

  /** Keys of earlier epochs. Nobody reads them; they only take room. */
  async #removeLeftovers(): Promise<void> {
    const pattern = `${this.#tag.replaceAll(/[*?[\]\\]/g, '\\$&')}:*`;
    let cursor = '0';
    do {
      const [next, keys] = await this.#redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
      cursor = next;
      const old = keys.filter((key) => key !== this.#meta && !key.startsWith(`${this.#tag}:${this.#epoch}:`));
      if (old.length > 0) await this.#redis.unlink(...old);
    } while (cursor !== '0');
  }

  /** One command's reply out of a pipeline. */
  #reply<T>(reply: [Error | null, unknown] | undefined): T {
    if (reply === undefined) throw new StateUnavailable(new Error('no reply'));
    const [error, value] = reply;
    if (error === null) return value as T;
    // The script was flushed, or a replica took over that never had it: `open` loads it.
    if (error.message.startsWith('NOSCRIPT')) throw new StateMoved('lost', 'Redis does not know the script any more');
    throw new StateUnavailable(error);
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw error instanceof StateMoved || error instanceof StateUnavailable ? error : new StateUnavailable(error);
    }
  }

  get #meta(): string {
    return `${this.#tag}:meta`;
  }
  get #due(): string {
    return `${this.#tag}:${this.#epoch}:due`;
  }
  get #verdicts(): string {
    return `${this.#tag}:${this.#epoch}:verdicts`;
  }
  #person(personId: string): string {
    return `${this.#tag}:${this.#epoch}:person:${personId}`;
  }
}

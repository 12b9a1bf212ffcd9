import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Inbox, InboxMessage } from '../ports.ts';

export interface InboxOptions {
  readonly redis: Redis;
  /** A second connection: a subscribed one can't do anything else. */
  readonly subscriber: Redis;
  readonly pool: Pool;
  readonly prefix?: string;
  /** Messages that a person's inbox holds; the oldest gives way. */
  readonly cap?: number;
  nowMs(): number;
}

export interface RedisInbox extends Inbox {
  /** Fills Redis again from Postgres when it has lost its data. Answers how many messages it put back; -1 = nothing was lost. */
  refill(): Promise<number>;
  close(): Promise<void>;
}

const PREFIX = 'kairos:';

/**
 * KEYS: hash of the inbox, counter. ARGV: candidateId, JSON, expiresAtMs, nowMs, cap, channel. The number rises even if
 * the counter was lost: it never falls behind the clock.
 */
const PUT = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then return 0 end
local number = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, tonumber(ARGV[4]))
redis.call('SET', KEYS[2], string.format('%.0f', number), 'PX', 2592000000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', number) .. ' ' .. ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
if #all / 2 > tonumber(ARGV[5]) then
  local oldest, lowest
  for i = 1, #all, 2 do
    local at = tonumber(string.match(all[i + 1], '^%d+'))
    if not lowest or at < lowest then oldest, lowest = all[i], at end
  end
  redis.call('HDEL', KEYS[1], oldest)
end
local left = redis.call('PTTL', KEYS[1])
local wanted = math.max(tonumber(ARGV[3]) - tonumber(ARGV[4]), 1)
if left < wanted then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', wanted)) end
redis.call('PUBLISH', ARGV[6], '1')
return 1`;

interface InboxRow {
  candidate_id: string;
  person_id: string;
  slot: string;
  html: string;
  expires_at_ms: number;
}

/** The on-site inbox: Postgres holds the truth, Redis answers. */
export const createInbox = (options: InboxOptions): RedisInbox => new InboxInRedis(options);

class InboxInRedis implements RedisInbox {
  readonly #options: InboxOptions;
  readonly #watchers = new Map<string, Set<() => void>>();

  constructor(options: InboxOptions) {
    this.#options = options;
    const { subscriber } = options;
    subscriber.on('message', (channel: string) => callAll(this.#watchers.get(channel) ?? []));
    // What was published while the connection was away is not repeated: everybody looks again.
    subscriber.on('ready', () => {
      for (const changed of this.#watchers.values()) callAll(changed);
    });
  }

  async put(personId: string, message: Omit<InboxMessage, 'number'>): Promise<void> {
    const { candidateId, slot, html, expiresAtMs } = message;
    const { rows } = await this.#options.pool.query<{ removed: boolean }>(
      `insert into dispatch.inbox (candidate_id, person_id, slot, html, expires_at_ms) values ($1, $2, $3, $4, $5)
       on conflict (candidate_id) do update set person_id = excluded.person_id returning removed`,
      [candidateId, personId, slot, html, expiresAtMs],
    );
    if (rows[0]?.removed !== true) await this.#cache(personId, message);
  }

  async list(personId: string, afterNumber: number): Promise<readonly InboxMessage[]> {
    const { redis, nowMs } = this.#options;
    const entries = await redis.hgetall(this.#keyOf(personId));
    return Object.entries(entries)
      .map(([candidateId, text]) => parseEntry(candidateId, text))
      .filter((message) => message.number > afterNumber && message.expiresAtMs > nowMs())
      .sort((a, b) => a.number - b.number);
  }

  async remove(personId: string, candidateId: string): Promise<boolean> {
    const { pool, redis } = this.#options;
    const { rowCount } = await pool.query(
      'update dispatch.inbox set removed = true where candidate_id = $1 and person_id = $2 and not removed',
      [candidateId, personId],
    );
    await redis.hdel(this.#keyOf(personId), candidateId);
    await redis.publish(this.#keyOf(personId), '1');
    return rowCount === 1;
  }

  async watch(personId: string, changed: () => void): Promise<() => void> {
    const channel = this.#keyOf(personId);
    const known = this.#watchers.get(channel);
    const set = known ?? new Set();
    set.add(changed);
    if (known === undefined) {
      this.#watchers.set(channel, set);
      await this.#options.subscriber.subscribe(channel);
    }
    return () => {
      set.delete(changed);
      if (set.size > 0 || this.#watchers.get(channel) !== set) return;
      this.#watchers.delete(channel);
      this.#options.subscriber.unsubscribe(channel).catch(() => {});
    };
  }

  async refill(): Promise<number> {
    const { redis, pool, nowMs, prefix = PREFIX } = this.#options;
    const epochKey = `${prefix}inbox-epoch`;
    if ((await redis.exists(epochKey)) === 1) return -1;
    const { rows } = await pool.query<InboxRow>(
      `select candidate_id, person_id, slot, html, expires_at_ms from dispatch.inbox
       where not removed and expires_at_ms > $1 order by put_at`,
      [nowMs()],
    );
    for (const { candidate_id: candidateId, person_id: personId, slot, html, expires_at_ms: expiresAtMs } of rows) {
      await this.#cache(personId, { candidateId, slot, html, expiresAtMs });
    }
    await redis.set(epochKey, String(nowMs()));
    return rows.length;
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#options.redis.quit(), this.#options.subscriber.quit()]);
  }

  #keyOf(personId: string): string {
    return `${this.#options.prefix ?? PREFIX}inbox:{${personId}}`;
  }

  async #cache(personId: string, message: Omit<InboxMessage, 'number'>): Promise<void> {
    const { redis, nowMs, cap = 20 } = this.#options;
    const { candidateId, slot, html, expiresAtMs } = message;
    const key = this.#keyOf(personId);
    const json = JSON.stringify({ slot, html, expiresAtMs });
    await redis.eval(PUT, 2, key, `${key}:number`, candidateId, json, expiresAtMs, nowMs(), cap, key);
  }
}

function callAll(changed: Iterable<() => void>): void {
  for (const call of changed) call();
}

function parseEntry(candidateId: string, text: string): InboxMessage {
  const space = text.indexOf(' ');
  const body = JSON.parse(text.slice(space + 1)) as Pick<InboxMessage, 'slot' | 'html' | 'expiresAtMs'>;
  return { candidateId, number: Number(text.slice(0, space)), ...body };
}

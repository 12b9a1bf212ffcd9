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

/** The on-site inbox: Postgres holds the truth, Redis answers. */
export function createInbox(options: InboxOptions): RedisInbox {
  const { redis, subscriber, pool, prefix = 'kairos:', cap = 20, nowMs } = options;
  const keyOf = (personId: string) => `${prefix}inbox:{${personId}}`;
  const numberKeyOf = (personId: string) => `${keyOf(personId)}:number`;
  const epochKey = `${prefix}inbox-epoch`;
  const watchers = new Map<string, Set<() => void>>();
  const callAll = (changed: Iterable<() => void>) => {
    for (const call of changed) call();
  };

  const cache = async (personId: string, { candidateId, slot, html, expiresAtMs }: Omit<InboxMessage, 'number'>) => {
    const key = keyOf(personId);
    const json = JSON.stringify({ slot, html, expiresAtMs });
    await redis.eval(PUT, 2, key, numberKeyOf(personId), candidateId, json, expiresAtMs, nowMs(), cap, key);
  };

  subscriber.on('message', (channel: string) => callAll(watchers.get(channel) ?? []));
  // What was published while the connection was away is not repeated: everybody looks again.
  subscriber.on('ready', () => {
    for (const changed of watchers.values()) callAll(changed);
  });

  return {
    async put(personId, message) {
      const { candidateId, slot, html, expiresAtMs } = message;
      const { rows } = await pool.query<{ removed: boolean }>(
        `insert into dispatch.inbox (candidate_id, person_id, slot, html, expires_at_ms) values ($1, $2, $3, $4, $5)
         on conflict (candidate_id) do update set person_id = excluded.person_id returning removed`,
        [candidateId, personId, slot, html, expiresAtMs],
      );
      if (rows[0]?.removed !== true) await cache(personId, message);
    },
    async list(personId, afterNumber) {
      const entries = await redis.hgetall(keyOf(personId));
      return Object.entries(entries)
        .map(([candidateId, text]) => parseEntry(candidateId, text))
        .filter((message) => message.number > afterNumber && message.expiresAtMs > nowMs())
        .sort((a, b) => a.number - b.number);
    },
    async remove(personId, candidateId) {
      const { rowCount } = await pool.query(
        'update dispatch.inbox set removed = true where candidate_id = $1 and person_id = $2 and not removed',
        [candidateId, personId],
      );
      await redis.hdel(keyOf(personId), candidateId);
      await redis.publish(keyOf(personId), '1');
      return rowCount === 1;
    },
    async watch(personId, changed) {
      const channel = keyOf(personId);
      const known = watchers.get(channel);
      const set = known ?? new Set();
      set.add(changed);
      if (known === undefined) {
        watchers.set(channel, set);
        await subscriber.subscribe(channel);
      }
      return () => {
        set.delete(changed);
        if (set.size > 0 || watchers.get(channel) !== set) return;
        watchers.delete(channel);
        subscriber.unsubscribe(channel).catch(() => {});
      };
    },
    async refill() {
      if ((await redis.exists(epochKey)) === 1) return -1;
      const { rows } = await pool.query<{
        candidate_id: string;
        person_id: string;
        slot: string;
        html: string;
        expires_at_ms: number;
      }>(
        'select candidate_id, person_id, slot, html, expires_at_ms from dispatch.inbox where not removed and expires_at_ms > $1 order by put_at',
        [nowMs()],
      );
      for (const row of rows) {
        const { candidate_id: candidateId, slot, html, expires_at_ms: expiresAtMs } = row;
        await cache(row.person_id, { candidateId, slot, html, expiresAtMs });
      }
      await redis.set(epochKey, String(nowMs()));
      return rows.length;
    },
    async close() {
      await Promise.allSettled([redis.quit(), subscriber.quit()]);
    },
  };
}

function parseEntry(candidateId: string, text: string): InboxMessage {
  const space = text.indexOf(' ');
  const body = JSON.parse(text.slice(space + 1)) as Pick<InboxMessage, 'slot' | 'html' | 'expiresAtMs'>;
  return { candidateId, number: Number(text.slice(0, space)), ...body };
}

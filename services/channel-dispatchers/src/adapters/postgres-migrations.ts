import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Pool } from 'pg';

const FOLDER = new URL('../../migrations/', import.meta.url);
/** Any constant will do, as long as nobody else locks it. */
const LOCK = 0x6b64_6973;

/** Brings the schema `dispatch` up to date: each file once, in order, under a lock that other instances wait for. A file that was changed after it ran is refused. */
export async function migrate(pool: Pool): Promise<readonly string[]> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query('create schema if not exists dispatch');
    await client.query(
      'create table if not exists dispatch.migrations (name text primary key, hash text not null, ran_at timestamptz not null default now())',
    );
    const known = await client.query<{ name: string; hash: string }>('select name, hash from dispatch.migrations');
    const hashes = new Map(known.rows.map(({ name, hash }) => [name, hash]));
    const ran: string[] = [];
    for (const name of readdirSync(FOLDER)
      .filter((file) => file.endsWith('.sql'))
      .sort()) {
      const sql = readFileSync(new URL(name, FOLDER), 'utf8');
      const hash = createHash('sha256').update(sql).digest('hex');
      if (hashes.get(name) === hash) continue;
      if (hashes.has(name)) throw new Error(`migration ${name} was changed after it ran: add a new file instead`);
      await client.query('begin');
      await client.query(sql);
      await client.query('insert into dispatch.migrations (name, hash) values ($1, $2)', [name, hash]);
      await client.query('commit');
      ran.push(name);
    }
    return ran;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK]).catch(() => {});
    client.release();
  }
}

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';

const folder = path.resolve(import.meta.dirname, '../../migrations');

/**
 * Brings the schema `metrics` up to date: every SQL file once, in order of name, in one transaction under a lock, so that
 * several instances may start at the same time.
 */
export async function migrate(pool: pg.Pool): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query("select pg_advisory_xact_lock(hashtext('kairos.metrics.migrations'))");
    await client.query('create schema if not exists metrics');
    await client.query(
      'create table if not exists metrics.migrations (name text primary key, at timestamptz not null default now())',
    );
    const { rows } = await client.query<{ name: string }>('select name from metrics.migrations');
    const known = new Set(rows.map((row) => row.name));
    const missing = files.filter((file) => !known.has(file));
    for (const file of missing) {
      await client.query(await readFile(path.join(folder, file), 'utf8'));
      await client.query('insert into metrics.migrations (name) values ($1)', [file]);
    }
    await client.query('commit');
    return missing;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

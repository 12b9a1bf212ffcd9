import pg from 'pg';
import type { Task, Tasks } from '../ports.ts';

/** A small pool whose connections that die in idleness are replaced and not an exception. */
export function createPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max: 4,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    application_name: 'kairos-console',
  });
  pool.on('error', () => {});
  return pool;
}

/** The work list that channel-dispatchers keep; the console only reads it. */
export class PostgresTasks implements Tasks {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async list(limit: number): Promise<readonly Task[]> {
    const { rows: known } = await this.#pool.query<{ there: boolean }>(
      "select to_regclass('dispatch.tasks') is not null as there",
    );
    if (known[0]?.there !== true) return [];
    const { rows } = await this.#pool.query<Record<string, unknown>>(
      'select * from dispatch.tasks order by created_at desc limit $1',
      [limit],
    );
    return rows.map((row) => ({
      candidateId: String(row['candidate_id']),
      personId: String(row['person_id']),
      role: String(row['role']),
      title: String(row['title']),
      action: String(row['action']),
      why: String(row['why']),
      avoid: String(row['avoid']),
      untilMs: timeOf(row['until'] ?? row['until_ms']),
      createdAtMs: timeOf(row['created_at']),
    }));
  }
}

const timeOf = (value: unknown): number => (value instanceof Date ? value.getTime() : Number(value ?? 0));

import type pg from 'pg';

/** Months of a timeline that are kept. */
const KEPT_MONTHS = 13;

const monthOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 7);

const nextMonth = (month: string): string => {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
};

/** Makes the timeline's monthly partitions when their first row comes, and drops those past the retention. */
export class MonthPartitions {
  readonly #pool: pg.Pool;
  readonly #known = new Set<string>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async ensure(timesMs: readonly number[]): Promise<void> {
    for (const month of new Set(timesMs.map(monthOf))) {
      if (this.#known.has(month)) continue;
      const name = `timeline_${month.replace('-', '_')}`;
      // Two instances may make the same month at once; the lock lets one of them find it made.
      await this.#pool.query(
        `do $$ begin
           perform pg_advisory_xact_lock(hashtext('metrics.${name}'));
           create table if not exists metrics.${name} partition of metrics.timeline for values from ('${month}-01Z') to ('${nextMonth(month)}-01Z');
         end $$`,
      );
      this.#known.add(month);
    }
  }

  /** Drops months older than the retention, counted from `nowMs`. Answers the dropped tables. */
  async dropOld(nowMs: number): Promise<string[]> {
    const oldest = new Date(nowMs);
    oldest.setUTCMonth(oldest.getUTCMonth() - KEPT_MONTHS, 1);
    const limit = `timeline_${oldest.toISOString().slice(0, 7).replace('-', '_')}`;
    const { rows } = await this.#pool.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'metrics.timeline'::regclass and c.relname < $1`,
      [limit],
    );
    for (const { name } of rows) {
      await this.#pool.query(`drop table metrics.${name}`);
      this.#known.delete(name.slice('timeline_'.length).replace('_', '-'));
    }
    return rows.map((row) => row.name);
  }
}

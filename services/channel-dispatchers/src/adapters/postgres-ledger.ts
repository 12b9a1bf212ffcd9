import { randomUUID } from 'node:crypto';
import { type ChosenMessage, KairosError, type MessageReported } from '@kairos/contracts';
import type { Channel } from '@kairos/decisions';
import type { Pool, QueryConfig } from 'pg';
import type { Call, ClaimBatch, Facts, Ledger, LedgerEntry, PendingReport, Postponement, Settled } from '../ports.ts';
import * as sql from './postgres-ledger-sql.ts';
import { isAway } from './postgres-pool.ts';

export interface LedgerOptions {
  readonly pool: Pool;
  /** Stable over restarts: a new life takes over at once what the last one left. */
  readonly instance: string;
  nowMs(): number;
  /** A worker that gave no sign of life for so long is gone. */
  readonly leaseMs?: number;
}

export interface PostgresLedger extends Ledger {
  /** Gives a sign of life; call it every quarter of the lease. */
  beat(): Promise<void>;
  readonly leaseMs: number;
}

interface EntryRow {
  message: ChosenMessage;
  state: 'claimed' | 'calling';
  attempt: number;
  deliver: LedgerEntry['deliver'];
  unclear: boolean;
  traceparent: string | null;
}

interface FactsRow {
  candidate_id: string;
  withdrawn_code: string | null;
  suppressed_at_ms: number | null;
  home_at_ms: number | null;
}

const factsOfRow = (row: FactsRow): Facts => ({
  withdrawnCode: row.withdrawn_code,
  suppression:
    row.suppressed_at_ms === null ? null : { suppressedAtMs: row.suppressed_at_ms, homeAtMs: row.home_at_ms },
});

/** The ledger in Postgres. Ownership: a name per process life, alive while its row in `workers` is touched. */
export const createLedger = (options: LedgerOptions): PostgresLedger => new LedgerInPostgres(options);

class LedgerInPostgres implements PostgresLedger {
  readonly leaseMs: number;
  readonly #pool: Pool;
  readonly #instance: string;
  readonly #nowMs: () => number;
  readonly #owner: string;
  /** After an outage every worker looks dead; nobody may be replaced before all had the time to give a sign of life. */
  #steadySinceMs: number | null = null;
  #lastBeatMs = 0;

  constructor({ pool, instance, nowMs, leaseMs = 15_000 }: LedgerOptions) {
    this.#pool = pool;
    this.#instance = instance;
    this.#nowMs = nowMs;
    this.leaseMs = leaseMs;
    this.#owner = `${instance}/${randomUUID()}`;
  }

  async signOn(): Promise<void> {
    await this.#pool.query({ ...sql.signOn, values: [this.#owner, this.#instance] });
    this.#lastBeatMs = this.#nowMs();
    this.#steadySinceMs = this.#lastBeatMs;
  }

  async beat(): Promise<void> {
    if (this.#nowMs() - this.#lastBeatMs > this.leaseMs / 2) this.#steadySinceMs = null;
    await this.#pool.query({ ...sql.beat, values: [this.#owner, this.#instance] });
    this.#lastBeatMs = this.#nowMs();
    this.#steadySinceMs ??= this.#lastBeatMs;
  }

  async signOff(): Promise<void> {
    await this.#pool.query('delete from dispatch.workers where owner = $1', [this.#owner]);
  }

  async claim(batch: ClaimBatch) {
    return await claimBatch(this.#pool, this.#owner, batch);
  }

  async take(channel: Channel, limit: number, held: readonly string[]): Promise<readonly LedgerEntry[]> {
    const values = [channel, this.#nowMs(), limit, this.#owner, this.#mayReplace(), this.leaseMs, held];
    const { rows } = await this.#pool.query<EntryRow>({ ...sql.take, values });
    return rows;
  }

  async factsOf(candidateIds: readonly string[]): Promise<ReadonlyMap<string, Facts>> {
    const { rows } = await this.#pool.query<FactsRow>({ ...sql.factsOf, values: [candidateIds, this.#owner] });
    return new Map(rows.map((row) => [row.candidate_id, factsOfRow(row)]));
  }

  async begin(calls: readonly Call[]): Promise<ReadonlySet<string>> {
    const values = [
      calls.map((call) => call.candidateId),
      calls.map((call) => call.attempt),
      calls.map((call) => call.deliver),
      this.#owner,
    ];
    const { rows } = await this.#pool.query<{ candidate_id: string }>({ ...sql.begin, values });
    return new Set(rows.map((row) => row.candidate_id));
  }

  async postpone(candidateId: string, { dueAtMs, attempt, unclear }: Postponement): Promise<void> {
    await this.#pool.query({ ...sql.postpone, values: [candidateId, dueAtMs, attempt, unclear, this.#owner] });
  }

  async settle(settled: readonly Settled[]): Promise<ReadonlyMap<string, string | null>> {
    const values = [
      settled.map((one) => one.candidateId),
      settled.map((one) => one.settlement.state),
      settled.map((one) => one.settlement.code),
      settled.map((one) => one.settlement.providerId),
      settled.map((one) => one.settlement.attempt),
      settled.map((one) => one.report.reportedAtMs),
      settled.map((one) => JSON.stringify(one.report)),
      this.#owner,
    ];
    const { rows } = await this.#pool.query<{ candidate_id: string; withdrawn_code: string | null }>({
      ...sql.settle,
      values,
    });
    return new Map(rows.map((row) => [row.candidate_id, row.withdrawn_code]));
  }

  async unreported(limit: number, held: readonly string[]): Promise<readonly PendingReport[]> {
    const values = [limit, this.#owner, this.#mayReplace(), this.leaseMs, held];
    const { rows } = await this.#pool.query<{ report: MessageReported; traceparent: string | null }>({
      ...sql.unreported,
      values,
    });
    return rows;
  }

  async markReported(candidateIds: readonly string[]): Promise<void> {
    await this.#pool.query({ ...sql.markReported, values: [candidateIds] });
  }

  async find(candidateId: string): Promise<ChosenMessage | undefined> {
    const { rows } = await this.#pool.query<{ message: ChosenMessage }>(
      'select message from dispatch.messages where candidate_id = $1',
      [candidateId],
    );
    return rows[0]?.message;
  }

  async lastTextsTo(phone: string): Promise<readonly ChosenMessage[]> {
    const { rows } = await this.#pool.query<{ message: ChosenMessage }>({ ...sql.lastTextsTo, values: [phone] });
    return rows.map(({ message }) => message);
  }

  #mayReplace(): boolean {
    return this.#steadySinceMs !== null && this.#nowMs() - this.#steadySinceMs >= this.leaseMs;
  }
}

interface ClaimedRow extends EntryRow {
  readonly owned: boolean;
  readonly fresh: boolean;
}

async function claimBatch(
  pool: Pool,
  owner: string,
  { entries, withdrawals, room }: ClaimBatch,
): Promise<{ readonly mine: readonly LedgerEntry[]; readonly repeats: number }> {
  const left = new Map(room);
  const owners = entries.map(({ message }) => {
    const free = left.get(message.channel) ?? 0;
    left.set(message.channel, free - 1);
    return free > 0 ? owner : null;
  });
  const claim = {
    ...sql.claim,
    values: [
      entries.map(({ message }) => JSON.stringify(message)),
      entries.map(({ traceparent }) => traceparent),
      owners,
      owner,
    ],
  };
  try {
    // Mostly nothing is taken back: then one statement is all, and the person waits for one answer instead of three.
    const rows =
      withdrawals.length === 0
        ? (await pool.query<ClaimedRow>(claim)).rows
        : await claimAndWithdraw(pool, claim, withdrawals);
    return { mine: rows.filter((row) => row.owned), repeats: entries.length - rows.filter((row) => row.fresh).length };
  } catch (error) {
    if (isAway(error)) throw error;
    throw new KairosError('RECORD_INVALID', 'the ledger refuses the message', { cause: error });
  }
}

/** One step: a withdrawal later in the batch must find the message that it takes back. */
async function claimAndWithdraw(
  pool: Pool,
  claim: QueryConfig,
  withdrawals: ClaimBatch['withdrawals'],
): Promise<readonly ClaimedRow[]> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<ClaimedRow>(claim);
    const values = [withdrawals.map((one) => one.candidateId), withdrawals.map((one) => one.code)];
    await client.query({ ...sql.withdraw, values });
    await client.query('commit');
    return rows;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { types as nodeTypes } from 'node:util';
import pg from 'pg';

// bigint columns hold ms and counts, far below 2^53.
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? Number
      : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/** A pool whose connections may die at any moment: they are replaced, and no exception. */
export function createPool(connectionString: string, max = 10): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    types,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    application_name: 'kairos-channel-dispatchers',
  });
  pool.on('error', () => {});
  // A connection that dies in a transaction tells its holder twice: the query rejects, and this event would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** SQLSTATE classes and codes of a server that is away, starting, stopping or out of resources. */
const AWAY_STATES = /^(08|53|57P|40001|40P01|25006)/;
const AWAY_NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);
const AWAY_WORDS =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|not queryable|client has encountered a connection error|timeout expired/i;

/** Whether Postgres could not be asked, as against: it said no. */
export function isAway(error: unknown): boolean {
  // Not `instanceof`: an error of a socket is made by Node itself, which in tests has another Error than our code.
  if (!nodeTypes.isNativeError(error)) return false;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string' && (AWAY_STATES.test(code) || AWAY_NETWORK.has(code))) return true;
  return Array.isArray(errors) ? errors.some(isAway) : AWAY_WORDS.test(error.message);
}

export interface Patience {
  /** Ends the waiting; the last error is thrown. */
  readonly signal: AbortSignal;
  /** Called before each wait. */
  waiting?(error: Error): void;
}

/** Repeats a step that is safe to repeat until Postgres can be asked again. What Postgres refuses is thrown at once. */
export async function untilStored<T>(step: () => Promise<T>, patience: Patience): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      if (!isAway(error) || patience.signal.aborted) throw error;
      patience.waiting?.(error as Error);
      await delay(Math.min(100 * 2 ** attempt, 2_000), undefined, { signal: patience.signal }).catch(() => {});
    }
  }
}

import type { Pool, PoolClient } from 'pg';
import type { HomeEvent, StaffDesk, StaffTask } from '../ports.ts';
import { homeEventValues, INSERT_HOME_EVENT } from './postgres-home-post.ts';

const TASKS = `
  select t.candidate_id, t.person_id, t.role, t.title, t.action, t.why, t.avoid, t.until_ms, t.created_at, t.withdrawn_code,
         t.claimed_by, t.claimed_at_ms, t.claims, t.outcome, t.done_by, t.done_at_ms,
         m.message ->> 'messageId' as message_id, m.message ->> 'triggerId' as trigger_id
  from dispatch.tasks t join dispatch.messages m using (candidate_id)`;

/** Two lists, each by its own index: what can be done, and what is over. */
const OPEN = `${TASKS} where t.withdrawn_code is null and t.done_at_ms is null and t.until_ms > $2 order by t.until_ms, t.candidate_id limit $1`;
const OVER = `${TASKS} where not (t.withdrawn_code is null and t.done_at_ms is null and t.until_ms > $2) order by t.created_at desc, t.candidate_id limit $1`;

const CHANGE = `
  update dispatch.tasks
  set claimed_by = $2, claimed_at_ms = $3, claims = $4, outcome = $5, done_by = $6, done_at_ms = $7
  where candidate_id = $1`;

interface Row {
  candidate_id: string;
  person_id: string;
  message_id: string;
  trigger_id: string;
  role: string;
  title: string;
  action: string;
  why: string;
  avoid: string;
  until_ms: number;
  created_at: Date;
  withdrawn_code: string | null;
  claimed_by: string | null;
  claimed_at_ms: number | null;
  claims: number;
  outcome: StaffTask['outcome'];
  done_by: string | null;
  done_at_ms: number | null;
}

const taskOf = (row: Row): StaffTask => ({
  candidateId: row.candidate_id,
  personId: row.person_id,
  messageId: row.message_id,
  triggerId: row.trigger_id,
  role: row.role,
  title: row.title,
  action: row.action,
  why: row.why,
  avoid: row.avoid,
  untilMs: row.until_ms,
  createdAtMs: row.created_at.getTime(),
  withdrawnCode: row.withdrawn_code,
  claimedBy: row.claimed_by,
  claimedAtMs: row.claimed_at_ms,
  claims: row.claims,
  outcome: row.outcome,
  doneBy: row.done_by,
  doneAtMs: row.done_at_ms,
});

/** The work-list in Postgres, from the side of those who work on it. */
export function createStaffDesk(pool: Pool): StaffDesk {
  return {
    async list({ limit, nowMs }) {
      const { rows: open } = await pool.query<Row>(OPEN, [limit, nowMs]);
      if (open.length >= limit) return open.map(taskOf);
      const { rows: over } = await pool.query<Row>(OVER, [limit - open.length, nowMs]);
      return [...open, ...over].map(taskOf);
    },
    async change(candidateId, decide) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const { rows } = await client.query<Row>(`${TASKS} where t.candidate_id = $1 for update of t`, [candidateId]);
        const [row] = rows;
        const granted = row === undefined ? undefined : decide(taskOf(row));
        if (granted !== undefined && granted.event !== null) await store(client, granted.task, granted.event);
        await client.query('commit');
        return granted?.task;
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
  };
}

/** The change and its news stand together or not at all. */
async function store(client: PoolClient, task: StaffTask, event: HomeEvent): Promise<void> {
  const { candidateId, claimedBy, claimedAtMs, claims, outcome, doneBy, doneAtMs } = task;
  await client.query(CHANGE, [candidateId, claimedBy, claimedAtMs, claims, outcome, doneBy, doneAtMs]);
  await client.query(INSERT_HOME_EVENT, homeEventValues(event));
}

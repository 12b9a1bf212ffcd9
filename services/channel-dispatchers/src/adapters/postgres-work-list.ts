import type { Pool } from 'pg';
import type { WorkList } from '../ports.ts';

/** The staff's work-list in Postgres. */
export function createWorkList(pool: Pool): WorkList {
  return {
    async add(task) {
      await pool.query(
        `insert into dispatch.tasks (candidate_id, person_id, role, title, action, why, avoid, until_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (candidate_id) do nothing`,
        [task.candidateId, task.personId, task.role, task.title, task.action, task.why, task.avoid, task.untilMs],
      );
    },
    async withdraw(candidateId, code) {
      await pool.query('update dispatch.tasks set withdrawn_code = $2 where candidate_id = $1', [candidateId, code]);
    },
  };
}

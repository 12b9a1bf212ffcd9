import type { ChosenMessage } from '@kairos/contracts';
import type { Pool } from 'pg';
import type { HomeEvent, HomePost } from '../ports.ts';

/** An event on its way home, with the message that it is about. */
export interface OutgoingHomeEvent extends HomeEvent {
  readonly message: ChosenMessage;
  readonly attempt: number;
}

export interface PostgresHomePost extends HomePost {
  /** Takes due events and puts each off by `holdMs`, so that no other instance sends them meanwhile. */
  due(limit: number, holdMs: number): Promise<readonly OutgoingHomeEvent[]>;
  accepted(eventId: string, nowMs: number): Promise<void>;
  again(eventId: string, afterMs: number): Promise<void>;
  refused(eventId: string, status: number): Promise<void>;
}

export const INSERT_HOME_EVENT = `
  insert into dispatch.home_events (event_id, candidate_id, name, occurred_at_ms, properties)
  values ($1, $2, $3, $4, $5) on conflict (event_id) do nothing`;

/** The purpose that the event names (a STOP after a service text ends marketing), else that of the message. */
const SUPPRESS = `
  insert into dispatch.suppressions (person_id, channel, purpose, suppressed_at_ms)
  select person_id, channel, coalesce($3::text, purpose), $2 from dispatch.messages where candidate_id = $1
  on conflict (person_id, channel, purpose) do update
    set suppressed_at_ms = excluded.suppressed_at_ms, home_at_ms = null`;

const DUE = `
  with due as (
    select event_id from dispatch.home_events
    where accepted_at is null and refused_status is null and due_at <= now()
    order by due_at limit $1 for update skip locked
  )
  update dispatch.home_events e set due_at = now() + $2 * interval '1 millisecond', attempt = e.attempt + 1
  from due, dispatch.messages m
  where e.event_id = due.event_id and m.candidate_id = e.candidate_id
  returning e.event_id, e.candidate_id, e.name, e.occurred_at_ms, e.properties, e.attempt, m.message`;

const ACCEPTED = `
  with sent as (
    update dispatch.home_events set accepted_at = now() where event_id = $1
    returning candidate_id, name, occurred_at_ms, properties
  )
  update dispatch.suppressions s set home_at_ms = $2
  from sent, dispatch.messages m
  where sent.name = 'Unsubscribed' and m.candidate_id = sent.candidate_id
    and s.person_id = m.person_id and s.channel = m.channel
    and s.purpose = coalesce(sent.properties ->> 'purpose', m.purpose)
    and s.suppressed_at_ms <= sent.occurred_at_ms`;

interface Row {
  event_id: string;
  candidate_id: string;
  name: string;
  occurred_at_ms: number;
  properties: Readonly<Record<string, string | boolean>>;
  attempt: number;
  message: ChosenMessage;
}

export const homeEventValues = (event: HomeEvent) => [
  event.eventId,
  event.candidateId,
  event.name,
  event.occurredAtMs,
  JSON.stringify(event.properties),
];

/** What recipients did, kept in Postgres until the collector has accepted it. */
export function createHomePost(pool: Pool): PostgresHomePost {
  return {
    async add(event) {
      await pool.query(INSERT_HOME_EVENT, homeEventValues(event));
    },
    async unsubscribe(event) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query(INSERT_HOME_EVENT, homeEventValues(event));
        await client.query(SUPPRESS, [event.candidateId, event.occurredAtMs, event.properties.purpose ?? null]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
    async due(limit, holdMs) {
      const { rows } = await pool.query<Row>(DUE, [limit, holdMs]);
      return rows.map((row) => ({
        eventId: row.event_id,
        candidateId: row.candidate_id,
        name: row.name,
        occurredAtMs: row.occurred_at_ms,
        properties: row.properties,
        attempt: row.attempt,
        message: row.message,
      }));
    },
    async accepted(eventId, nowMs) {
      await pool.query(ACCEPTED, [eventId, nowMs]);
    },
    async again(eventId, afterMs) {
      await pool.query(
        "update dispatch.home_events set due_at = now() + $2 * interval '1 millisecond' where event_id = $1",
        [eventId, afterMs],
      );
    },
    async refused(eventId, status) {
      await pool.query('update dispatch.home_events set refused_status = $2 where event_id = $1', [eventId, status]);
    },
  };
}

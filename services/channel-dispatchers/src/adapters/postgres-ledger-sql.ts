/**
 * The ledger's statements. Each may be repeated after an indefinite answer: the second time it finds its own work. They
 * have names, so that a connection parses and plans each of them once: for the long ones that is most of their cost.
 */

interface Statement {
  readonly name: string;
  readonly text: string;
}

const statement = (name: string, text: string): Statement => ({ name: `dispatch.${name}`, text });

/** A worker is alive while it is seen within the lease. Parameters: $mayReplace boolean, $lease ms. */
const isGone = (owner: string, mayReplace: string, lease: string) =>
  `(${mayReplace} and not exists (select 1 from dispatch.workers w
      where w.owner = ${owner} and w.seen_at > now() - ${lease} * interval '1 millisecond'))`;

/** Earlier lives of the same instance are gone for good: their rows become anybody's. */
export const signOn = statement(
  'signOn',
  `
  with gone as (delete from dispatch.workers where instance = $2 and owner <> $1 returning owner),
  freed as (
    update dispatch.messages m set owner = null
    where m.owner like replace(replace(replace($2, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '/%'
      and (m.state in ('claimed', 'calling') or (m.report is not null and not m.reported))
  )
  insert into dispatch.workers (owner, instance, seen_at) values ($1, $2, now())
  on conflict (owner) do update set seen_at = now()`,
);

export const beat = statement(
  'beat',
  `
  insert into dispatch.workers (owner, instance, seen_at) values ($1, $2, now())
  on conflict (owner) do update set seen_at = now()`,
);

/**
 * $1 messages as JSON texts, $2 traceparents, $3 owner or null per row, $4 this worker. Also answers rows that an
 * earlier, indefinite try of this worker has stored.
 */
export const claim = statement(
  'claim',
  `
  with given as (
    select t.message::jsonb as message, t.traceparent, t.owner
    from unnest($1::text[], $2::text[], $3::text[]) as t(message, traceparent, owner)
  ),
  added as (
    insert into dispatch.messages (candidate_id, person_id, channel, purpose, message, traceparent, state, due_at_ms, owner)
    select distinct on (message ->> 'candidateId')
      message ->> 'candidateId', message ->> 'personId', message ->> 'channel', message ->> 'purpose', message, traceparent,
      'claimed', (message ->> 'chosenAtMs')::bigint, owner
    from given
    on conflict (candidate_id) do nothing
    returning candidate_id, message, state, attempt, deliver, unclear, traceparent, owner
  )
  select message, state, attempt, deliver, unclear, traceparent, owner is not distinct from $4 as owned, true as fresh
  from added
  union all
  select m.message, m.state, m.attempt, m.deliver, m.unclear, m.traceparent, true as owned, false as fresh
  from dispatch.messages m join given g on m.candidate_id = g.message ->> 'candidateId'
  where m.owner = $4 and m.state = 'claimed'`,
);

/** $1 candidate ids, $2 codes. What waits for a later call is looked at now. */
export const withdraw = statement(
  'withdraw',
  `
  update dispatch.messages m set withdrawn_code = w.code, due_at_ms = least(m.due_at_ms, 0)
  from unnest($1::text[], $2::text[]) as w(candidate_id, code)
  where m.candidate_id = w.candidate_id and m.state in ('claimed', 'calling') and m.withdrawn_code is null`,
);

/**
 * $1 channel, $2 now, $3 limit, $4 this worker, $5 may replace, $6 lease, $7 what this worker holds. What is this worker's
 * and not held was taken by an earlier try whose answer was lost.
 */
export const take = statement(
  'take',
  `
  with due as (
    select candidate_id from dispatch.messages m
    where m.channel = $1 and m.state in ('claimed', 'calling') and m.due_at_ms <= $2
      and (m.owner is null or (m.owner = $4 and m.candidate_id <> all($7::text[]))
        or (m.owner <> $4 and ${isGone('m.owner', '$5::boolean', '$6::bigint')}))
    order by m.due_at_ms limit $3 for update skip locked
  )
  update dispatch.messages m set owner = $4 from due where m.candidate_id = due.candidate_id
  returning m.message, m.state, m.attempt, m.deliver, m.unclear, m.traceparent`,
);

/** $1 candidate ids, $2 this worker. */
export const factsOf = statement(
  'factsOf',
  `
  select m.candidate_id, m.withdrawn_code, s.suppressed_at_ms, s.home_at_ms
  from dispatch.messages m
  left join dispatch.suppressions s
    on s.person_id = m.person_id and s.channel = m.channel and s.purpose = m.purpose
  where m.candidate_id = any($1) and m.owner = $2 and m.state in ('claimed', 'calling')`,
);

/** $1 candidate ids, $2 attempts, $3 deliver, $4 this worker. */
export const begin = statement(
  'begin',
  `
  update dispatch.messages m set state = 'calling', attempt = c.attempt, deliver = c.deliver
  from unnest($1::text[], $2::integer[], $3::text[]) as c(candidate_id, attempt, deliver)
  where m.candidate_id = c.candidate_id and m.owner = $4 and m.state in ('claimed', 'calling')
    and m.attempt between c.attempt - 1 and c.attempt and m.withdrawn_code is null
  returning m.candidate_id`,
);

/** $1 candidate id, $2 due, $3 attempts so far, $4 unclear, $5 this worker. */
export const postpone = statement(
  'postpone',
  `
  update dispatch.messages set state = 'claimed', owner = null, attempt = $3, unclear = $4,
    due_at_ms = case when withdrawn_code is null then $2::bigint else 0 end
  where candidate_id = $1 and owner = $5 and state in ('claimed', 'calling')`,
);

/** $1 ids, $2 states, $3 codes, $4 provider ids, $5 attempts, $6 when, $7 reports, $8 this worker. */
export const settle = statement(
  'settle',
  `
  update dispatch.messages m set state = s.state, code = s.code, provider_id = s.provider_id, attempt = s.attempt,
    settled_at_ms = s.at_ms, report = s.report::jsonb, reported = false
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::text[])
    as s(candidate_id, state, code, provider_id, attempt, at_ms, report)
  where m.candidate_id = s.candidate_id and m.owner = $8
  returning m.candidate_id, m.withdrawn_code`,
);

/** $1 limit, $2 this worker, $3 may replace, $4 lease, $5 what this worker holds (see `take`). */
export const unreported = statement(
  'unreported',
  `
  with open as (
    select candidate_id from dispatch.messages m
    where m.report is not null and not m.reported
      and (m.owner is null or (m.owner = $2 and m.candidate_id <> all($5::text[]))
        or (m.owner <> $2 and ${isGone('m.owner', '$3::boolean', '$4::bigint')}))
    order by m.settled_at_ms limit $1 for update skip locked
  )
  update dispatch.messages m set owner = $2 from open where m.candidate_id = open.candidate_id
  returning m.report, m.traceparent`,
);

/** $1 candidate ids. */
export const markReported = statement(
  'markReported',
  'update dispatch.messages set reported = true where candidate_id = any($1)',
);

/** $1 phone number. So many persons at most share one. */
export const lastTextsTo = statement(
  'lastTextsTo',
  `
  select message from (
    select distinct on (person_id) message, claimed_at from dispatch.messages
    where channel = 'sms' and message ->> 'address' = $1 and state in ('claimed', 'calling', 'sent', 'unknown')
      and attempt > 0
    order by person_id, claimed_at desc
  ) last order by claimed_at desc limit 20`,
);

-- The dispatch ledger: one row per candidate, from its claim to its report.
create table dispatch.workers (
  owner text primary key,
  instance text not null,
  seen_at timestamptz not null
);

create table dispatch.messages (
  candidate_id text primary key,
  person_id text not null,
  channel text not null,
  purpose text not null,
  message jsonb not null,
  traceparent text,
  state text not null check (state in ('claimed', 'calling', 'sent', 'failed', 'unknown', 'dropped')),
  attempt integer not null default 0,
  deliver text check (deliver in ('atMostOnce', 'atLeastOnce')),
  unclear boolean not null default false,
  withdrawn_code text,
  -- Whose it is; null = anybody's.
  owner text,
  due_at_ms bigint not null,
  code text,
  provider_id text,
  settled_at_ms bigint,
  report jsonb,
  reported boolean not null default false,
  claimed_at timestamptz not null default now()
);

create index messages_due on dispatch.messages (channel, due_at_ms) where state in ('claimed', 'calling');
create index messages_unreported on dispatch.messages (settled_at_ms) where report is not null and not reported;
create index messages_unknown on dispatch.messages (settled_at_ms) where state = 'unknown';

-- Nobody knows whether these arrived; they are never repeated.
create view dispatch.unknown_hand_overs as
  select candidate_id, person_id, channel, purpose, attempt, provider_id, settled_at_ms,
         message ->> 'messageId' as message_id, message ->> 'triggerId' as trigger_id
  from dispatch.messages
  where state = 'unknown';

-- Who unsubscribed from what, effective before the event has travelled home.
create table dispatch.suppressions (
  person_id text not null,
  channel text not null,
  purpose text not null,
  suppressed_at_ms bigint not null,
  -- When the collector had accepted the event; null while it is on its way.
  home_at_ms bigint,
  primary key (person_id, channel, purpose)
);

-- What recipients did, kept until the collector has accepted it.
create table dispatch.home_events (
  event_id text primary key,
  candidate_id text not null,
  name text not null,
  occurred_at_ms bigint not null,
  properties jsonb not null,
  attempt integer not null default 0,
  due_at timestamptz not null default now(),
  accepted_at timestamptz,
  -- The collector will never accept it; kept for an operator to see.
  refused_status integer
);

create index home_events_due on dispatch.home_events (due_at) where accepted_at is null and refused_status is null;

-- The staff's work-list.
create table dispatch.tasks (
  candidate_id text primary key,
  person_id text not null,
  role text not null,
  title text not null,
  action text not null,
  why text not null,
  avoid text not null,
  until_ms bigint not null,
  created_at timestamptz not null default now(),
  withdrawn_code text
);

create index tasks_open on dispatch.tasks (role, until_ms) where withdrawn_code is null;

-- The truth behind the on-site inbox; Redis serves it and is filled again from here.
create table dispatch.inbox (
  candidate_id text primary key,
  person_id text not null,
  slot text not null,
  html text not null,
  expires_at_ms bigint not null,
  removed boolean not null default false,
  put_at timestamptz not null default now()
);

create index inbox_live on dispatch.inbox (expires_at_ms) where not removed;

create table if not exists metrics.positions (
  topic text not null,
  partition int not null,
  next_offset bigint not null default 0,
  -- highest origin per source partition: { "events.identified/3": [offset, number] }
  origins jsonb not null default '{}',
  primary key (topic, partition)
);

create table if not exists metrics.counts (
  hour timestamptz not null,
  kind text not null,
  subject text not null,
  message_id text not null,
  channel text not null,
  outcome text not null,
  code text not null,
  source text not null,
  n bigint not null,
  primary key (hour, kind, subject, message_id, channel, outcome, code, source)
);

-- One partition a month, made when its first row comes; dropped after 13 months.
create table if not exists metrics.timeline (
  person_id text not null,
  at timestamptz not null,
  kind text not null,
  entry_id text not null,
  title text not null,
  body jsonb not null,
  trace_id text,
  primary key (person_id, at, kind, entry_id)
) partition by range (at);

create table if not exists metrics.persons (
  person_id text primary key,
  profile jsonb not null,
  segments text[] not null,
  changed_at timestamptz not null
);
create index if not exists persons_changed_at on metrics.persons (changed_at desc);

create table if not exists metrics.links (
  from_person_id text not null,
  to_person_id text not null,
  at timestamptz not null,
  primary key (from_person_id, to_person_id)
);
create index if not exists links_to on metrics.links (to_person_id);

create table if not exists metrics.watermarks (
  partition int primary key,
  time_ms bigint not null
);

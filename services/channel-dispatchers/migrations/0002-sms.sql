-- What the short addresses in texts lead to.
create table dispatch.short_links (
  code text primary key,
  candidate_id text not null,
  target text not null,
  kept_at timestamptz not null default now()
);

-- Who has a phone number, for what comes back from it.
create index messages_by_phone on dispatch.messages ((message ->> 'address'), claimed_at) where channel = 'sms';

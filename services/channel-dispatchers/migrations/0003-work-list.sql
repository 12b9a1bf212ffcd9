-- Who works on a task, and what came of it.
alter table dispatch.tasks
  add column claimed_by text,
  add column claimed_at_ms bigint,
  -- How often it was claimed: a number for the event of each claim.
  add column claims integer not null default 0,
  add column outcome text,
  add column done_by text,
  add column done_at_ms bigint,
  add constraint tasks_done check ((outcome is null) = (done_at_ms is null) and (done_by is null) = (done_at_ms is null));

drop index dispatch.tasks_open;
create index tasks_open on dispatch.tasks (until_ms) where withdrawn_code is null and done_at_ms is null;
create index tasks_latest on dispatch.tasks (created_at);

-- Counts per segment, and for new and returning persons. A person in three segments counts in each of them; the writer has a
-- cap. `all` holds what metrics.counts has not: what recipients did with messages, per trigger.
create table metrics.shares (
  hour timestamptz not null,
  dimension text not null,
  value text not null,
  kind text not null,
  subject text not null,
  message_id text not null,
  channel text not null,
  outcome text not null,
  n bigint not null,
  primary key (hour, dimension, value, kind, subject, message_id, channel, outcome)
);
create index shares_of_subject on metrics.shares (subject, dimension, hour);

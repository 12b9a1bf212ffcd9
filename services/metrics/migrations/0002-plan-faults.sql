-- How events fail to keep to the tracking plan. Names come from outside, so a day holds at most so many rows (see the writer).
create table if not exists metrics.plan_faults (
  day date not null,
  source text not null,
  event text not null,
  field text not null,
  code text not null,
  outcome text not null,
  n bigint not null,
  primary key (day, source, event, field, code, outcome)
);

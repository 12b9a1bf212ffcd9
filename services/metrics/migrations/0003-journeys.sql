-- What persons did on journeys, per step and version: a step of another version may be another step.
create table metrics.journey_steps (
  hour timestamptz not null,
  journey_id text not null,
  version text not null,
  -- Where in the definition; empty for starts and exits.
  step text not null,
  does text not null,
  outcome text not null,
  way text not null,
  code text not null,
  n bigint not null,
  primary key (journey_id, hour, version, step, does, outcome, way, code)
);

-- Firings of one trigger, for what came after them.
create index timeline_firings on metrics.timeline (title, at) where kind = 'trigger';
-- The curve of one trigger.
create index counts_of_subject on metrics.counts (subject, hour);

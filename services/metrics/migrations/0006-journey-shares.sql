-- The same moves as in journey_steps, for each segment and for new and returning persons. All values of a dimension lie in
-- one row, as with shares.
create table metrics.journey_step_shares (
  hour timestamptz not null,
  dimension text not null,
  journey_id text not null,
  version text not null,
  step text not null,
  does text not null,
  outcome text not null,
  way text not null,
  code text not null,
  counts jsonb not null,
  primary key (journey_id, dimension, hour, version, step, does, outcome, way, code)
) with (fillfactor = 60);

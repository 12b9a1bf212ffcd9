/** Names of headers on Kafka records. */
export const headers = {
  traceparent: 'traceparent',
  playbook: 'kairos-playbook',
  source: 'kairos-source',
  deadReason: 'kairos-dead-reason',
  deadCode: 'kairos-dead-code',
  deadTopic: 'kairos-dead-topic',
  deadPartition: 'kairos-dead-partition',
  deadOffset: 'kairos-dead-offset',
  deadAttempts: 'kairos-dead-attempts',
  deadAtMs: 'kairos-dead-at-ms',
  /** On a dead letter put back to its topic: its origin is older than what was applied since, and it is no repeat. */
  replayed: 'kairos-replayed',
} as const;

/** Metric names (Prometheus base units). Labels are bounded: never a person, an address or a message body. */
export const metricNames = {
  recordsConsumed: 'kairos_records_consumed_total',
  recordsProduced: 'kairos_records_produced_total',
  repeatsDropped: 'kairos_repeats_dropped_total',
  deadLetters: 'kairos_dead_letters_total',
  batchSeconds: 'kairos_batch_duration_seconds',
  taskLag: 'kairos_task_lag_records',
  watermarkDelaySeconds: 'kairos_watermark_delay_seconds',
  stateKeys: 'kairos_state_keys',
  stateBytes: 'kairos_state_bytes',
  timersPending: 'kairos_timers_pending',
  cuts: 'kairos_cuts_total',
  cutSeconds: 'kairos_cut_duration_seconds',
  cutBytes: 'kairos_cut_bytes_total',
  restoredShare: 'kairos_restored_share',
  partitionsStarted: 'kairos_partitions_started_total',
  duplicateEvents: 'kairos_duplicate_events_total',
  eventsRehomed: 'kairos_events_rehomed_total',
  identifiersShared: 'kairos_identifiers_shared_total',
  eventsNonconforming: 'kairos_events_nonconforming_total',
  eventsAccepted: 'kairos_events_accepted_total',
  eventsRefused: 'kairos_events_refused_total',
  definitionsFailed: 'kairos_definitions_failed_total',
  triggersDetected: 'kairos_triggers_detected_total',
  decisions: 'kairos_decisions_total',
  contactStateLosses: 'kairos_contact_state_losses_total',
  contactStateWaiting: 'kairos_contact_state_waiting_partitions',
  handOvers: 'kairos_hand_overs_total',
  handOverSeconds: 'kairos_cause_to_hand_over_seconds',
} as const;

/** Span attribute names of our own; messaging attributes follow OpenTelemetry. */
export const spanAttributes = {
  triggerId: 'kairos.trigger.id',
  fate: 'kairos.decision.fate',
  code: 'kairos.decision.code',
  channel: 'kairos.channel',
  playbookVersion: 'kairos.playbook.version',
} as const;

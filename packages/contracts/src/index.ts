export { enrichedRecord, identifiedRecord, proposedRecord } from './bodies.ts';
export { type ErrorCode, type ErrorEmitter, type ErrorInfo, errors, KairosError } from './errors.ts';
export { type Fields, fieldsExcept, isRecordSchema, type RecordSchema } from './fields.ts';
export type * from './generated/avro-types.ts';
export { schemas } from './generated/schemas.ts';
export { factsOf, nextId, nextOf } from './moves.ts';
export {
  explainPlanFault,
  isPlanFaultCode,
  type PlanFaultCode,
  type PlanFaultInfo,
  planFaults,
} from './plan-faults.ts';
export { type ActivatedBodies, type EarlierBody, PublishedBodies, referenceOf } from './published-bodies.ts';
export { explainReason, isReasonCode, type Reason, type ReasonCode, type ReasonEmitter, reasons } from './reasons.ts';
export {
  type CodeCounts,
  type ListedRehearsal,
  REHEARSAL_FORMAT,
  type RehearsalReport,
  type RehearsedChannel,
  type RehearsedDay,
  type RehearsedDifference,
  type RehearsedMoment,
  type RehearsedPersons,
  type RehearsedRun,
  type RehearsedTimeline,
  type RehearsedTrigger,
} from './rehearsal.ts';
export { type TaskOutcome, taskEvents, taskOutcomes } from './task-outcomes.ts';
export { headers, metricNames, spanAttributes } from './telemetry.ts';
export {
  DEFAULT_PARTITIONS,
  deadLettersOf,
  type Party,
  type SchemaName,
  subjectOf,
  type Topic,
  type TopicName,
  type TopicValues,
  timeSources,
  topics,
} from './topics.ts';

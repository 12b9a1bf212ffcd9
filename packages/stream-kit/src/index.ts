export type {
  AssignedPartition,
  ConsumerHandlers,
  IncomingRecord,
  KafkaPort,
  Landed,
  OutgoingRecord,
  RecordConsumer,
  RecordProducer,
  Serde,
  TopicToCreate,
} from './ports.ts';
export type { Emission, Processor, Route, StepContext, StepResult } from './processor.ts';
export {
  type Applied,
  type InputRecord,
  newMeta,
  type Output,
  type PlaybookAt,
  TaskCore,
  type TaskMeta,
} from './task-core.ts';
export { TimerIndex } from './timer-index.ts';

export {
  type ConsumerStart,
  type DecodedRecord,
  type RunningConsumer,
  startConsumer,
} from './consumer/start-consumer.ts';
export { type DeadLetterReason, reasonOf, toDeadLetter } from './dead-letters/dead-letter.ts';
export { type DeadLetter, readDeadLetters, replayDeadLetter } from './dead-letters/read-dead-letters.ts';
export { declaredSources, type StageAbout } from './declared-sources.ts';
export {
  type FollowPersonOptions,
  type FollowProgress,
  followPerson,
  type PersonAt,
} from './follow/follow-person.ts';
export { jsonStateCodec } from './json-state-codec.ts';
export { connectKafka, type KafkaConnection } from './kafka/connect-kafka.ts';
export { prefixedKafka } from './kafka/prefixed-kafka.ts';
export { createWalkTopics, walkTopics } from './kafka/walk-topics.ts';
export { KeySlots } from './key-slots.ts';
export { type Logger, silentLogger } from './logger.ts';
export type { DirectRunnerOptions, Listener } from './memory/direct-options.ts';
export { createDirectRunner, DirectRunner } from './memory/direct-runner.ts';
export { type MemoryKafka, memoryKafka } from './memory/memory-kafka.ts';
export type { MemoryRecord } from './memory/memory-log.ts';
export {
  type AnyProcessor,
  createMemoryRunner,
  foldRecorded,
  MemoryRunner,
  type MemoryRunnerOptions,
  type MemorySink,
  type RecordedFold,
} from './memory/memory-runner.ts';
export { murmur2, partitionOf } from './partition-of.ts';
export type { FailedTimer } from './partition-plan.ts';
export {
  type Activated,
  type PlaybookReader,
  type PlaybookReaderOptions,
  type PublishedDefinitions,
  startPlaybookReader,
} from './playbook/playbook-reader.ts';
export type {
  AssignedPartition,
  ConsumerHandlers,
  ConsumerOptions,
  GroupMember,
  IncomingRecord,
  KafkaPort,
  Landed,
  Later,
  OutgoingRecord,
  PartitionEnds,
  ProducerOptions,
  ReadOptions,
  RecordConsumer,
  RecordProducer,
  RecordReader,
  Serde,
  TopicToCreate,
} from './ports.ts';
export type { Emission, Processor, Route, StepContext, StepResult } from './processor.ts';
export { FlatReader, FlatWriter } from './serde/flat-bytes.ts';
export { memorySerde } from './serde/memory-serde.ts';
export { createSerde, type SerdeOptions } from './serde/registry-serde.ts';
export { ChangelogView } from './stage/changelog-view.ts';
export { fileCopies } from './stage/file-copies.ts';
export type { StageHooks } from './stage/hooks.ts';
export {
  type CopiedRecord,
  type KeptCopy,
  type LocalCopies,
  type LocalCopy,
  memoryCopies,
} from './stage/local-copy.ts';
export { readChangelog } from './stage/restore.ts';
export type { Restored } from './stage/restored.ts';
export { type StageHandle, type StageOptions, startStage } from './stage/start-stage.ts';
export type { CutWritten } from './stage/task-cuts.ts';
export type { TaskStatus } from './stage/task-status.ts';
export {
  formatTraceparent,
  noTracer,
  otelTracer,
  parseTraceparent,
  type StageTracer,
  type Traced,
} from './stage/tracing.ts';
export type { FlatCodec, Lying } from './state-arena.ts';
export {
  type Applied,
  type InputRecord,
  type Output,
  type PlaybookAt,
  TaskCore,
} from './task-core.ts';
export { copyMeta, newMeta, type TaskMeta } from './task-meta.ts';
export { sourceTime, startTicker, type Ticker, type TickerOptions, type TickSource } from './ticks/ticker.ts';
export { TimerIndex } from './timer-index.ts';

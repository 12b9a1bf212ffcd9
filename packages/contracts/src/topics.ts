import type {
  ChangelogPart,
  ChosenRecord,
  CollectedEvent,
  EnrichedRecord,
  IdentifiedRecord,
  MessageDecided,
  MessageReported,
  PlaybookRecord,
  ProfileChanged,
  ProposedRecord,
  TriggerDetected,
} from './generated/avro-types.ts';
import type { schemas } from './generated/schemas.ts';

/** The value type that each topic carries. */
export interface TopicValues {
  'events.collected': CollectedEvent;
  'events.identified': IdentifiedRecord;
  'events.enriched': EnrichedRecord;
  'profiles.changed': ProfileChanged;
  'triggers.detected': TriggerDetected;
  'messages.proposed': ProposedRecord;
  'messages.chosen': ChosenRecord;
  'messages.decided': MessageDecided;
  'messages.reported': MessageReported;
  'playbook.published': PlaybookRecord;
  'identify-collected.changelog': ChangelogPart;
  'identify-decided.changelog': ChangelogPart;
  'identify-reported.changelog': ChangelogPart;
  'identify-playbook.changelog': ChangelogPart;
  'enrich.changelog': ChangelogPart;
  'detect.changelog': ChangelogPart;
}

export type TopicName = keyof TopicValues;
export type SchemaName = keyof typeof schemas;

/** Who writes or reads a topic. `foreign` is any client of the user's own. */
export type Party =
  | 'collector'
  | 'identify'
  | 'enrich'
  | 'detect'
  | 'arbitration'
  | 'channel-dispatchers'
  | 'metrics'
  | 'console'
  | 'cli'
  | 'foreign';

const DAY_MS = 86_400_000;

export interface Topic {
  readonly name: TopicName;
  /** Avro schema of the value; the subject is `<name>-value`. */
  readonly schema: SchemaName;
  /** What the record key holds, in words. */
  readonly key: string;
  /** What the topic states, in one sentence. */
  readonly states: string;
  readonly writers: readonly Party[];
  readonly readers: readonly Party[];
  /** `walk` topics share one partition count, so that partition p feeds partition p. `single` has one partition. */
  readonly partitions: 'walk' | 'single';
  readonly cleanup: 'delete' | 'compact';
  /** Retention in ms; null keeps for ever (compacted topics). */
  readonly retentionMs: number | null;
  /** A declared loop: this topic flows against the walk. */
  readonly loop?: string;
}

const changelog = (task: string, writer: Party): Topic => ({
  name: `${task}.changelog` as TopicName,
  schema: 'changelog',
  key: 'writer/cut/part',
  states: `State of the ${task} task, in cuts.`,
  writers: [writer],
  readers: [writer],
  partitions: task === 'identify-playbook' ? 'single' : 'walk',
  cleanup: 'compact',
  retentionMs: null,
});

const table: readonly Topic[] = [
  {
    name: 'events.collected',
    schema: 'events.collected',
    key: 'anonymousId, else userId, else e-mail, phone or loyalty card',
    states: 'A customer did something; this is how it came in.',
    writers: ['collector', 'foreign', 'identify'],
    readers: ['identify'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
    loop: 'identify sends a misplaced record back under its right key, once',
  },
  {
    name: 'events.identified',
    schema: 'events.identified',
    key: 'person',
    states: 'The one door into a person’s log.',
    writers: ['identify', 'detect'],
    readers: ['enrich'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
    loop: 'the detector sends on what leaves an old person, and what a journey sets',
  },
  {
    name: 'events.enriched',
    schema: 'events.enriched',
    key: 'person',
    states: 'The person’s story in order, with what live rules read of the profile.',
    writers: ['enrich'],
    readers: ['detect', 'metrics'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
  },
  {
    name: 'profiles.changed',
    schema: 'profiles.changed',
    key: 'person',
    states: 'A profile as it stands; a read model for anyone.',
    writers: ['enrich'],
    readers: ['metrics', 'foreign'],
    partitions: 'walk',
    cleanup: 'compact',
    retentionMs: null,
  },
  {
    name: 'triggers.detected',
    schema: 'triggers.detected',
    key: 'person',
    states: 'A trigger fired, or matched and did not start, with the reason; a journey moved on.',
    writers: ['detect'],
    readers: ['metrics', 'foreign'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 400 * DAY_MS,
  },
  {
    name: 'messages.proposed',
    schema: 'messages.proposed',
    key: 'person',
    states: 'All that arbitration must know of a person, in order.',
    writers: ['detect'],
    readers: ['arbitration'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 400 * DAY_MS,
  },
  {
    name: 'messages.chosen',
    schema: 'messages.chosen',
    key: 'person',
    states: 'What the channels must send, or take back.',
    writers: ['arbitration'],
    readers: ['channel-dispatchers'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 400 * DAY_MS,
  },
  {
    name: 'messages.decided',
    schema: 'messages.decided',
    key: 'person',
    states: 'Every candidate, every reason, winners and losers.',
    writers: ['arbitration'],
    readers: ['identify', 'metrics', 'foreign'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 400 * DAY_MS,
    loop: 'what we decided is part of the person’s story',
  },
  {
    name: 'messages.reported',
    schema: 'messages.reported',
    key: 'person',
    states: 'The hand-over to a channel, or why there was none.',
    writers: ['channel-dispatchers'],
    readers: ['identify', 'metrics', 'foreign'],
    partitions: 'walk',
    cleanup: 'delete',
    retentionMs: 400 * DAY_MS,
    loop: 'what we did is part of the person’s story',
  },
  {
    name: 'playbook.published',
    schema: 'playbook.published',
    key: 'kind/id@version, or activation@version',
    states: 'Definitions, then the activation that makes them live.',
    writers: ['cli', 'console'],
    readers: ['identify', 'enrich', 'detect', 'arbitration', 'channel-dispatchers', 'console'],
    partitions: 'single',
    cleanup: 'compact',
    retentionMs: null,
  },
  changelog('identify-collected', 'identify'),
  changelog('identify-decided', 'identify'),
  changelog('identify-reported', 'identify'),
  changelog('identify-playbook', 'identify'),
  changelog('enrich', 'enrich'),
  changelog('detect', 'detect'),
];

/** Every topic of the walk, by name: the one place from which creation, docs and the topology test come. */
export const topics: Readonly<Record<TopicName, Topic>> = Object.freeze(
  Object.fromEntries(table.map((topic) => [topic.name, topic])) as Record<TopicName, Topic>,
);

/** Topics whose partitions must all have ticked before there is time (architecture: time is a watermark in the log). */
export const timeSources: readonly TopicName[] = [
  'events.collected',
  'messages.decided',
  'messages.reported',
  'playbook.published',
];

/** Partitions of each `walk` topic unless the operator chose another number before the first start. */
export const DEFAULT_PARTITIONS = 12;

/** Where a record goes that a consumer could not process. */
export const deadLettersOf = (topic: TopicName): string => `${topic}.dead-letters`;

/** Registry subject of a topic's value. */
export const subjectOf = (topic: TopicName): string => `${topic}-value`;

import { decidingStages, identifyStages } from '@kairos/cli';
import { deadLettersOf, type Fields, type Origin, type TopicName, topics } from '@kairos/contracts';
import type { CompiledPlaybook } from '@kairos/decisions';
import { type AnyProcessor, declaredSources } from '@kairos/stream-kit';
import type { Redis } from 'ioredis';
import { Findings, type Promised } from '../checker/findings.ts';
import { HopCheck } from '../checker/hop.ts';
import { checkIntake, type SentEvents } from '../checker/intake.ts';
import { checkStates } from '../checker/states.ts';
import { TimerCheck, type TimerRule } from '../checker/timers.ts';
import { type KeptState, keptInChangelog, keptInRedis } from './kept-states.ts';
import { digestOf, effectOf, keyText, type LogEntry, type OpenLog, ORIGIN_ONLY, readTopic } from './log.ts';
import { readPlaybooks } from './playbooks.ts';
import { StageFold } from './stage-fold.ts';
import { TimerStory } from './timer-story.ts';

export interface CheckOptions {
  readonly log: OpenLog;
  readonly redis: Redis;
  readonly partitions: number;
  readonly sent: SentEvents;
  readonly timers: TimerRule;
  /** Persons whose timers the model knows: their events come under one key. */
  isModelled(person: string): boolean;
  say(line: string): void;
}

type Stage = AnyProcessor<CompiledPlaybook>;

interface Ground extends CheckOptions {
  readonly playbooks: ReadonlyMap<number, CompiledPlaybook>;
  readonly counts: ReadonlyMap<TopicName, number>;
}

/**
 * The end of every run: reads what stands on the log and folds it again, stage by stage, each from its recorded input.
 * Since every stage's input is checked as the output of the stage before, the whole walk equals the fold of what came in.
 */
export async function checkRun(options: CheckOptions): Promise<readonly Promised[]> {
  const { log, partitions } = options;
  const counts = new Map<TopicName, number>();
  for (const name of Object.keys(topics) as TopicName[]) counts.set(name, await log.kafka.partitionCount(name));
  const ground: Ground = { ...options, counts, playbooks: await readPlaybooks(log) };
  const about = { partitionCount: partitions, declaredSources: declaredSources(partitions) };
  const doors = identifyStages(partitions).map((make) => make(about));
  const [enrich, detect, arbitration] = decidingStages.map((make) => make(about));
  if (enrich === undefined || detect === undefined || arbitration === undefined)
    throw new Error('the walk has changed');
  return [
    await intake(options),
    ...(await checkStages(ground, doors)),
    ...(await checkStages(ground, [enrich])),
    ...(await checkStages(ground, [detect])),
    ...(await checkStages(ground, [arbitration])),
    await noDeadLetters(log),
  ];
}

async function intake({ log, sent, say }: CheckOptions): Promise<Promised> {
  say('reading what was collected');
  const found = new Map<string, string[]>();
  const onEntry = ({ record, value }: LogEntry): void => {
    // What identify sent back under its right key is the same event on its way.
    if (value.origin !== null && value.origin !== undefined) return;
    const messageId = String(value['messageId']);
    const places = found.get(messageId) ?? [];
    found.set(messageId, [...places, `${record.partition}@${record.offset}`]);
  };
  await readTopic(log, 'events.collected', { fields: INTAKE, onEntry });
  return checkIntake('acknowledged = on the log', sent, found);
}

const INTAKE: Fields = { origin: true, messageId: true };

interface Folded {
  readonly stage: Stage;
  readonly hop: HopCheck;
  readonly fold: StageFold;
  readonly kept: ReadonlyMap<number, KeptState>;
}

/** Stages that write to the same topics are looked at together: those topics are read once. */
async function checkStages(ground: Ground, stages: readonly Stage[]): Promise<Promised[]> {
  const folded: Folded[] = [];
  const story = new TimerStory(ground.timers, ground.isModelled);
  for (const stage of stages) folded.push(await foldStage(ground, stage, story));
  const outputs = new Set(stages.flatMap((stage) => stage.outputs));
  for (const topic of outputs) {
    ground.say(`comparing ${topic}`);
    const look = (entry: LogEntry): void => see(folded, { topic, serde: ground.log.serde }, entry);
    if (topic !== 'triggers.detected') await readTopic(ground.log, topic, { fields: ORIGIN_ONLY, onEntry: look });
    else
      await readTopic(ground.log, topic, (entry) => {
        look(entry);
        story.fired(entry);
      });
  }
  const results = await Promise.all(folded.map((one) => resultsOf(ground, one)));
  return stages.some(({ name }) => name === 'detect') ? [...results.flat(), timersOf(ground, story)] : results.flat();
}

async function foldStage(ground: Ground, stage: Stage, story: TimerStory): Promise<Folded> {
  const { log, redis, partitions, playbooks, counts } = ground;
  ground.say(`folding ${stage.name}`);
  const kept =
    stage.name === 'arbitration' ? await keptInRedis(redis, partitions) : await keptInChangelog(log, stage.name);
  const hop = new HopCheck(`${stage.name}: ${stage.input} → ${stage.outputs.join(', ')}`);
  const fold = new StageFold({
    processor: stage,
    playbooks,
    serde: log.serde,
    partitionCount: (topic) => counts.get(topic) ?? 1,
    standsAt: new Map([...kept].map(([partition, { nextOffset }]) => [partition, nextOffset])),
    hop,
  });
  await readTopic(log, stage.input, (entry) => {
    fold.apply(entry);
    if (stage.input === 'events.enriched') story.add(entry);
  });
  return { stage, hop, fold, kept };
}

function see(
  folded: readonly Folded[],
  { topic, serde }: { readonly topic: TopicName; readonly serde: OpenLog['serde'] },
  { record, value }: LogEntry,
): void {
  const origin: Origin | null = value.origin ?? null;
  const { value: bytes } = record;
  if (origin === null || bytes === null) return;
  for (const { stage, hop } of folded) {
    if (stage.input !== origin.topic) continue;
    hop.see({
      topic,
      partition: record.partition,
      offset: record.offset,
      origin,
      digest: digestOf(bytes),
      key: keyText(record),
      // Its schema is known by now, so the answer is no promise.
      id: () => effectOf(topic, serde.decode(topic, bytes) as object),
    });
  }
}

async function resultsOf(ground: Ground, { stage, hop, fold, kept }: Folded): Promise<Promised[]> {
  const states = [...kept].map(([partition, { states: mine }]) => ({
    partition,
    kept: mine,
    folded: fold.states(partition),
  }));
  const walk = hop.result(`${stage.name} writes what the fold of ${stage.input} gives, in order, nothing else`);
  const applied = await appliedAll(ground, stage, { kept, refused: fold.refused });
  return [walk, checkStates(`${stage.name} keeps the state that the fold gives, byte for byte`, states), applied];
}

/** Loops go on for ever (a decision leads to feedback, and that to nothing): only the walk itself must have ended. */
const ENDS = new Set(['events.enriched', 'messages.proposed']);

async function appliedAll(
  { log }: Ground,
  { name, input }: Stage,
  { kept, refused }: { readonly kept: Folded['kept']; readonly refused: readonly string[] },
): Promise<Promised> {
  const findings = new Findings(name);
  for (const what of refused) findings.add('buried', what);
  if (ENDS.has(input)) {
    for (const [partition, { end }] of await log.kafka.offsets(input)) {
      const at = kept.get(partition)?.nextOffset ?? 0;
      if (at < end) findings.add('lost', `${input}/${partition} ends at ${end}, and the state kept stands at ${at}`);
    }
  }
  return { promise: `${name} has applied all of ${input} that it must`, findings: findings.all };
}

function timersOf({ timers }: Ground, story: TimerStory): Promised {
  const check = new TimerCheck(timers);
  for (const { partition, entries, firings } of story.partitions)
    check.partition(`events.enriched/${partition}`, entries, firings);
  return check.result(
    `${timers.triggerId} fires when its time comes, neither early nor late, and time overtakes nobody`,
  );
}

async function noDeadLetters({ kafka }: OpenLog): Promise<Promised> {
  const findings = new Findings('dead letters');
  for (const name of Object.keys(topics) as TopicName[]) {
    if (name.endsWith('.changelog')) continue;
    for (const [partition, { start, end }] of await kafka.offsets(deadLettersOf(name))) {
      if (end > start) findings.add('buried', `${deadLettersOf(name)}/${partition} holds ${end - start} records`);
    }
  }
  return { promise: 'no record went to the dead letters', findings: findings.all };
}

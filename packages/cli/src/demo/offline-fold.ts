import type { MessageDecided, TriggerDetected } from '@kairos/contracts';
import { compilePlaybook } from '@kairos/decisions';
import { fromRecords } from '@kairos/playbook';
import { foldRecorded } from '@kairos/stream-kit';
import type { OpenLog } from '../house/log.ts';
import { decidingStages } from '../playbook/stages.ts';
import { type RunFacts, readTopic } from './facts.ts';

/** What the recorded log must have led to, decided again offline by the same cores. */
export interface Folded {
  readonly detected: readonly TriggerDetected[];
  readonly decided: readonly MessageDecided[];
}

/** Folds the whole recorded door into the persons' logs, playbook by playbook, without the services. */
export async function foldOffline(log: OpenLog): Promise<Folded> {
  const partitions = await log.kafka.partitionCount('events.identified');
  const recorded = (await readTopic(log, 'events.identified')).map(({ record, value }) => ({
    topic: 'events.identified' as const,
    partition: record.partition,
    offset: record.offset,
    logTimeMs: record.logTimeMs,
    key: record.key?.toString('utf8') ?? '',
    value,
  }));
  const published = (await readTopic(log, 'playbook.published')).map(({ record, value }) => ({
    offset: record.offset,
    value,
  }));
  const playbooks = published
    .filter(({ value }) => value.activation !== null)
    .flatMap(({ offset }) => {
      const playbook = fromRecords(published, offset);
      return playbook === null ? [] : [{ offset, playbook: compilePlaybook(playbook) }];
    });
  const runner = foldRecorded({ partitions, processors: decidingStages, recorded, playbooks });
  return {
    detected: runner.records('triggers.detected').map(({ value }) => value),
    decided: runner
      .records('messages.decided')
      .map(({ value }) => value)
      .filter(({ handOver }) => handOver === null),
  };
}

const firingText = (one: TriggerDetected): string =>
  `${one.personId} ${one.triggerId} ${one.outcome} ${one.code ?? ''} ${one.firingId}`;
const decisionText = (one: MessageDecided): string =>
  `${one.personId} ${one.messageId} ${one.fate} ${one.code ?? ''} ${one.decisionId} at ${one.decidedAtMs}`;

/** Differences between the house and the fold, as sentences; none when they are equal. */
export function compareWithFold(folded: Folded, facts: RunFacts, isOurs: (personId: string) => boolean): string[] {
  const detected = folded.detected.filter((one) => isOurs(one.personId));
  const decided = folded.decided.filter((one) => isOurs(one.personId));
  return [
    ...differences(detected.map(firingText), [...facts.fired, ...facts.notStarted, ...facts.journeys].map(firingText)),
    ...differences(decided.map(decisionText), facts.decisions.map(decisionText)),
  ];
}

function differences(foldTexts: readonly string[], houseTexts: readonly string[]): string[] {
  const fold = new Set(foldTexts);
  const house = new Set(houseTexts);
  return [
    ...[...fold].filter((text) => !house.has(text)).map((text) => `the fold decides, and the house did not: ${text}`),
    ...[...house].filter((text) => !fold.has(text)).map((text) => `the house did, and the fold does not: ${text}`),
  ];
}

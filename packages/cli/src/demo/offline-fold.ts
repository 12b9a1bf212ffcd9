import { factsOf, type MessageDecided, type TriggerDetected } from '@kairos/contracts';
import type { OpenLog } from '../house/log.ts';
import { DoorFold } from '../replay/door-fold.ts';
import { readActivations } from '../replay/playbooks.ts';
import type { RunFacts } from './facts.ts';

/** What the recorded log must have led to, decided again offline by the same cores. */
export interface Folded {
  readonly detected: readonly TriggerDetected[];
  readonly decided: readonly MessageDecided[];
}

/** Folds the whole recorded door into the persons' logs, playbook by playbook, without the services. */
export async function foldOffline(log: OpenLog): Promise<Folded> {
  const detected: TriggerDetected[] = [];
  const decided: MessageDecided[] = [];
  const partitions = await log.kafka.partitionCount('events.identified');
  const fold = new DoorFold({
    serde: log.serde,
    partitions,
    playbooks: await readActivations(log),
    listeners: {
      'triggers.detected': ({ value }) => void detected.push(...factsOf(value)),
      'messages.decided': ({ value }) => void (value.handOver === null && decided.push(value)),
    },
  });
  const reader = await log.kafka.read({
    topic: 'events.identified',
    partitions: Array.from({ length: partitions }, (_none, partition) => partition),
    onRecords: async (records) => {
      for (const record of records) await fold.feed(record);
    },
  });
  await reader.done;
  return { detected, decided };
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

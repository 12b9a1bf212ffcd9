import type { JourneyInstance } from '@kairos/decisions';
import type { FlatReader, FlatWriter } from '@kairos/stream-kit';
import { many } from './flat-trigger.ts';

type JourneySend = JourneyInstance['sends'][number];

/** What is there is marked by a bit of one byte. */
const [HAS_FIRED_DUE, HAS_DUE] = [1, 2];

export function writeJourney(to: FlatWriter, instance: JourneyInstance): void {
  const { causes, firedDueAtMs, dueAtMs, sends } = instance;
  to.text(instance.instanceId);
  to.text(instance.journeyId);
  to.text(instance.journeyVersion);
  to.text(instance.triggerId);
  to.text(instance.triggerVersion);
  to.text(instance.key);
  to.text(instance.firingId);
  to.count(causes.length);
  for (const cause of causes) to.text(cause);
  to.text(instance.evidence);
  // From -1, which says that it has ended.
  to.count(instance.at + 1);
  to.byte((firedDueAtMs === null ? 0 : HAS_FIRED_DUE) | (dueAtMs === null ? 0 : HAS_DUE));
  to.moment(instance.startedAtMs);
  to.moment(instance.lastArmAtMs);
  if (firedDueAtMs !== null) to.moment(firedDueAtMs);
  to.moment(instance.sinceMs);
  if (dueAtMs !== null) to.moment(dueAtMs);
  to.count(sends.length);
  for (const send of sends) writeSend(to, send);
}

function writeSend(to: FlatWriter, { candidateId, message, expiresAtMs, outcomes, code }: JourneySend): void {
  to.text(candidateId);
  to.text(message);
  to.moment(expiresAtMs);
  to.count(outcomes.length);
  for (const outcome of outcomes) to.text(outcome);
  to.text(code ?? '');
}

export function readJourney(from: FlatReader): JourneyInstance {
  const instanceId = from.text();
  const journeyId = from.name();
  const journeyVersion = from.name();
  const triggerId = from.name();
  const triggerVersion = from.name();
  const key = from.text();
  const firingId = from.text();
  const causes = many(from, readText);
  const evidence = from.text();
  const at = from.count() - 1;
  const flags = from.byte();
  const startedAtMs = from.moment();
  const lastArmAtMs = from.moment();
  const firedDueAtMs = (flags & HAS_FIRED_DUE) === 0 ? null : from.moment();
  const sinceMs = from.moment();
  const dueAtMs = (flags & HAS_DUE) === 0 ? null : from.moment();
  return {
    instanceId,
    journeyId,
    triggerId,
    journeyVersion,
    triggerVersion,
    key,
    firingId,
    causes,
    evidence,
    startedAtMs,
    lastArmAtMs,
    firedDueAtMs,
    at,
    sinceMs,
    dueAtMs,
    sends: many(from, readSend),
  };
}

const readText = (from: FlatReader): string => from.text();

function readSend(from: FlatReader): JourneySend {
  const candidateId = from.text();
  const message = from.name();
  const expiresAtMs = from.moment();
  const outcomes = many(from, readText) as JourneySend['outcomes'];
  const code = from.text();
  return { candidateId, message, expiresAtMs, outcomes, code: code === '' ? null : code };
}

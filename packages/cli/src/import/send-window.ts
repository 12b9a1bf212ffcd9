import type { CollectorClient } from '../house/send.ts';
import { type ImportCall, personOf } from './event/call.ts';
import type { Refusal } from './refusal.ts';

/** The collector lists at most so many refusals of a batch. */
const BATCH_EVENTS = 100;
/** The collector takes 4 MiB. */
const BATCH_CHARACTERS = 1024 * 1024;
export const LANES = 4;

interface Sending {
  readonly call: ImportCall;
  readonly file: string;
  readonly line: number;
}

/**
 * Sends calls and answers those that the collector refused, once all are on the log or refused. Several lanes at a time;
 * a person always travels in the same lane, so that the order of a person's events is kept.
 */
export async function sendWindow(client: CollectorClient, window: readonly Sending[]): Promise<readonly Refusal[]> {
  const lanes: Sending[][] = Array.from({ length: LANES }, () => []);
  for (const sending of window) lanes[laneOf(personOf(sending.call))]?.push(sending);
  const refused = await Promise.all(lanes.map((lane) => sendLane(client, lane)));
  return refused.flat();
}

async function sendLane(client: CollectorClient, lane: readonly Sending[]): Promise<readonly Refusal[]> {
  const refused: Refusal[] = [];
  let batch: Sending[] = [];
  let texts: string[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const { rejected = [] } = await client.sendTexts(texts);
    for (const rejection of rejected) refused.push(refusalBy(rejection, batch[rejection.index]));
    batch = [];
    texts = [];
    characters = 0;
  };
  for (const sending of lane) {
    const text = JSON.stringify(sending.call);
    if (batch.length >= BATCH_EVENTS || characters + text.length > BATCH_CHARACTERS) await flush();
    batch.push(sending);
    texts.push(text);
    characters += text.length;
  }
  await flush();
  return refused;
}

interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

function refusalBy({ code, message, field = '' }: Rejection, sending: Sending | undefined): Refusal {
  return {
    file: sending?.file ?? '',
    line: sending?.line ?? 0,
    field: field.replace(/^batch\[\d+\]\.?/, ''),
    // The collector quotes what may be told; some values, such as the number of a payment card, may not.
    value: '',
    reason: code,
    remedy: message.replace(/^batch\[\d+\]\.?/, ''),
  };
}

function laneOf(id: string): number {
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum = (sum * 31 + id.charCodeAt(at)) >>> 0;
  return sum % LANES;
}

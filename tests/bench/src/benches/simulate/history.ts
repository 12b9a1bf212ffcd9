import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { CollectedEvent } from '@kairos/contracts';
import { memorySerde } from '@kairos/stream-kit';
import { enrichedRecords, INPUT } from '../detector/fill-topic.ts';
import type { ShopSize } from '../detector/shop.ts';

/** Lines that are written at once. */
const PIECE = 2_000;

/** The events of the detector's bench as they would have come in, before identify and enrich. */
export function* collectedLines(size: ShopSize): Generator<string> {
  const serde = memorySerde();
  for (const { value } of enrichedRecords(serde, { playbookOffset: 0, version: 'bench' }, size)) {
    const decoded = serde.decode(INPUT, value);
    if (decoded instanceof Promise) throw new Error('the serde in memory answers at once');
    const { event } = decoded;
    if (event === null) continue;
    const line: Partial<CollectedEvent> = {
      messageId: event.messageId,
      type: event.type,
      name: event.name,
      userId: event.personId.replace(/^user:/, ''),
      occurredAtMs: event.occurredAtMs,
      properties: event.properties,
      traits: '{}',
      context: event.context,
      source: event.source,
      sourceKind: event.sourceKind,
    };
    yield JSON.stringify(line);
  }
}

/** Writes a history of a size to a file, one event a line. */
export async function writeHistory(file: string, size: ShopSize): Promise<void> {
  const out = createWriteStream(file);
  let piece: string[] = [];
  const flush = async (): Promise<void> => {
    if (!out.write(`${piece.join('\n')}\n`)) await once(out, 'drain');
    piece = [];
  };
  for (const line of collectedLines(size)) {
    piece.push(line);
    if (piece.length === PIECE) await flush();
  }
  if (piece.length > 0) await flush();
  out.end();
  await once(out, 'finish');
}

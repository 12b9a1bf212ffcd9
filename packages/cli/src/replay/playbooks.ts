import type { PlaybookRecord } from '@kairos/contracts';
import { compilePlaybook, type PublishedPlaybook } from '@kairos/decisions';
import { fromRecords, type PublishedRecord } from '@kairos/playbook';
import type { OpenLog } from '../house/log.ts';
import type { ActivatedPlaybook } from './door-fold.ts';

export interface Activation extends ActivatedPlaybook {
  readonly published: PublishedPlaybook;
  readonly publishedAtMs: number;
}

/** Everything on `playbook.published`, in order. */
async function readPublished({ kafka, serde }: OpenLog): Promise<PublishedRecord[]> {
  const records: { offset: number; bytes: Buffer }[] = [];
  const reader = await kafka.read({
    topic: 'playbook.published',
    partitions: [0],
    onRecords: (batch) => {
      for (const { offset, value } of batch) if (value !== null) records.push({ offset, bytes: value });
    },
  });
  await reader.done;
  const read: { offset: number; value: PlaybookRecord }[] = [];
  for (const { offset, bytes } of records) {
    read.push({ offset, value: await serde.decode('playbook.published', bytes) });
  }
  return read;
}

/** Every playbook that was ever made live, compiled, in order. */
export async function readActivations(log: OpenLog): Promise<readonly Activation[]> {
  const records = await readPublished(log);
  return records.flatMap(({ offset, value: { activation } }) => {
    const published = activation === null ? null : fromRecords(records, offset);
    if (activation === null || published === null) return [];
    return [{ offset, published, publishedAtMs: activation.publishedAtMs, playbook: compilePlaybook(published) }];
  });
}

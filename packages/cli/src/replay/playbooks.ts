import { compilePlaybook, type PublishedPlaybook } from '@kairos/decisions';
import { fromRecords, type PublishedRecord } from '@kairos/playbook';
import { readTopic } from '../demo/facts.ts';
import type { OpenLog } from '../house/log.ts';
import type { ActivatedPlaybook } from './door-fold.ts';

export interface Activation extends ActivatedPlaybook {
  readonly published: PublishedPlaybook;
  readonly publishedAtMs: number;
}

/** Everything on `playbook.published`, in order. */
export const readPublished = async (log: OpenLog): Promise<readonly PublishedRecord[]> =>
  (await readTopic(log, 'playbook.published')).map(({ record: { offset }, value }) => ({ offset, value }));

/** Every playbook that was ever made live, compiled, in order. */
export async function readActivations(log: OpenLog): Promise<readonly Activation[]> {
  const records = await readPublished(log);
  return records.flatMap(({ offset, value: { activation } }) => {
    const published = activation === null ? null : fromRecords(records, offset);
    if (activation === null || published === null) return [];
    return [{ offset, published, publishedAtMs: activation.publishedAtMs, playbook: compilePlaybook(published) }];
  });
}

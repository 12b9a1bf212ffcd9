import type { PlaybookRecord } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook } from '@kairos/decisions';
import { fromRecords } from '@kairos/playbook';
import { type OpenLog, readTopic } from './log.ts';

/** Every playbook that was ever activated, by the offset of its activation: what a marker names. */
export async function readPlaybooks(log: OpenLog): Promise<ReadonlyMap<number, CompiledPlaybook>> {
  const published: { readonly offset: number; readonly value: PlaybookRecord }[] = [];
  await readTopic(log, 'playbook.published', ({ record, value }) => {
    published.push({ offset: record.offset, value: value as unknown as PlaybookRecord });
  });
  const playbooks = new Map<number, CompiledPlaybook>();
  for (const { offset, value } of published) {
    if (value.activation === null) continue;
    const playbook = fromRecords(published, offset);
    if (playbook !== null) playbooks.set(offset, compilePlaybook(playbook));
  }
  return playbooks;
}

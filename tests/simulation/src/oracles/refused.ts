import { type CollectedEvent, headers } from '@kairos/contracts';
import { Violation } from '../violation.ts';
import type { Cluster } from '../world/cluster.ts';
import type { History } from './history.ts';

const ALIASES = 'events.collected.dead-letters';

/**
 * Nothing is put aside but aliases that contradict what is known: of those each is, with the reason on it. A crash may put one
 * aside twice.
 */
export function checkRefused(cluster: Cluster, history: History, refused: ReadonlySet<string>): void {
  const buried = new Set<string>();
  for (const topic of cluster.topics.filter((name) => name.endsWith('.dead-letters'))) {
    for (const { records } of cluster.logs(topic)) {
      for (const record of records) {
        const code = String(record.headers[headers.deadCode]);
        const messageId = topic === ALIASES ? (history.value(record) as CollectedEvent).messageId : '';
        if (code !== 'IDENTITY_CONTRADICTED' || !refused.has(messageId)) {
          const why = String(record.headers[headers.deadReason]);
          throw new Violation('dead letter', `${topic}: ${messageId} ${code} ${why}`);
        }
        buried.add(messageId);
      }
    }
  }
  for (const messageId of refused) {
    if (!buried.has(messageId)) throw new Violation('refused', `the alias ${messageId} was not put aside`);
  }
}

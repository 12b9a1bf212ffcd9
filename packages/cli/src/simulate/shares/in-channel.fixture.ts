import { MessageChannel } from 'node:worker_threads';
import type { Way } from './messages.ts';
import type { Walker } from './threads.ts';
import { walkShare } from './walk-share.ts';

/** Characters gathered at once: so few that small histories are walked in several goes. */
const FEW = 1_000;

/** Walks a share in this thread, at the other end of a channel: what crosses it is copied as between two threads. */
export function startInChannel(): Walker {
  const { port1, port2 } = new MessageChannel();
  walkShare(port2 as Way, FEW);
  return {
    way: port1 as Way,
    onFailure: () => undefined,
    async close() {
      port1.close();
    },
  };
}

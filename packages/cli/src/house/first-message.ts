import { setTimeout as delay } from 'node:timers/promises';
import { colours, type Terminal } from '../terminal.ts';
import { askService, type FoundHouse } from './find.ts';

interface Persons {
  readonly persons: readonly { readonly personId: string }[];
}

interface Explained {
  readonly entries: readonly {
    readonly kind: string;
    readonly title: string;
    readonly why: string | null;
    readonly body: Record<string, unknown>;
  }[];
}

/** Tells when the first message was handed over and can be explained. Gives up in silence: the console shows all of it anyway. */
export async function watchFirstMessage(
  house: FoundHouse,
  options: { readonly terminal: Terminal; readonly startedMs: number; readonly signal: AbortSignal },
): Promise<void> {
  while (!options.signal.aborted) {
    const found = await findExplained(house).catch(() => null);
    if (found !== null) {
      const seconds = ((performance.now() - options.startedMs) / 1000).toFixed(1);
      options.terminal.line(`${colours.green('first message')} after ${seconds} s: ${found}`);
      return;
    }
    await delay(500, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

async function findExplained(house: FoundHouse): Promise<string | null> {
  const { persons } = await askService<Persons>(house, 'metrics', '/v1/persons?limit=30');
  for (const { personId } of persons) {
    const { entries } = await askService<Explained>(
      house,
      'metrics',
      `/v1/persons/${encodeURIComponent(personId)}/timeline`,
    );
    const sent = entries.find((entry) => entry.kind === 'report' && entry.body.outcome === 'accepted');
    const decided = entries.find(
      (entry) => entry.kind === 'decision' && entry.body.fate === 'chosen' && entry.why !== null,
    );
    if (sent !== undefined && decided !== undefined) return `${sent.title} to ${personId} (kairos explain ${personId})`;
  }
  return null;
}

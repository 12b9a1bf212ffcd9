import { type Call, type CollectContext, collect, type Source } from './core.ts';

/** 2026-03-01T12:00:00Z. */
export const NOW_MS = Date.UTC(2026, 2, 1, 12);

/** A context in which everything is known; ids count up. */
export function contextOf(source: Partial<Source> = {}, more: Partial<CollectContext> = {}): CollectContext {
  let ids = 0;
  return {
    nowMs: NOW_MS,
    source: { sourceId: 'shop', kind: 'server', ...source },
    newId: () => {
      ids += 1;
      return `new-${ids}`;
    },
    isBot: (userAgent) => userAgent.includes('bot'),
    ...more,
  };
}

/** Collects one call of a server key. */
export const collected = (type: Call['type'], body: unknown, about: CollectContext = contextOf()) =>
  collect({ type, body }, about);

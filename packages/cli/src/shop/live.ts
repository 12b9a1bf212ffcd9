import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { CollectorClient } from '../house/send.ts';
import { zones } from './people.ts';
import { Random } from './random.ts';
import { pickKind, type ShopCall, type Story, type StoryKind, tellStory } from './stories.ts';

/** A call as the Segment API takes it. */
export function segmentCall(call: ShopCall, person: Story['person'], messageId: string): Record<string, unknown> {
  const isKnown = call.from === 'server';
  return {
    type: call.type,
    messageId,
    anonymousId: person.anonymousId,
    ...(isKnown ? { userId: person.userId } : {}),
    ...(call.type === 'track' ? { event: call.name } : {}),
    ...(call.type === 'page' ? { name: call.name } : {}),
    ...(call.type === 'identify' ? { traits: call.traits } : { properties: call.properties }),
    context: { timezone: person.zone, library: { name: 'kairos-demo-shop', version: '1' } },
  };
}

export interface ShopClients {
  /** Carries what the shop's server knows. */
  readonly server: CollectorClient;
  /** Carries what a browser would send. */
  readonly browser: CollectorClient;
}

export interface Played {
  readonly messageId: string;
  readonly sentAtMs: number;
}

/** Plays one story against the clock, its calls in order. Answers what was accepted. */
export async function playStory(
  story: Story,
  clients: ShopClients,
  options: { readonly startedAtMs: number; readonly signal?: AbortSignal },
): Promise<Played[]> {
  const played: Played[] = [];
  for (const [number, call] of story.calls.entries()) {
    const waitMs = options.startedAtMs + call.atMs - Date.now();
    if (waitMs > 0) await delay(waitMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
    const messageId = `${story.person.userId}-m${number}`;
    const client = call.from === 'server' ? clients.server : clients.browser;
    const timestamp = new Date().toISOString();
    await client.send([{ ...segmentCall(call, story.person, messageId), timestamp }]);
    played.push({ messageId, sentAtMs: Date.now() });
  }
  return played;
}

/** Customers without end: a new one every `everyMs`, until the signal. */
export async function playForever(
  clients: ShopClients,
  options: {
    readonly seed: number;
    readonly runId: string;
    readonly hourMs: number;
    readonly everyMs: number;
    readonly signal: AbortSignal;
    onStory(kind: StoryKind): void;
    onProblem(problem: unknown): void;
  },
): Promise<void> {
  const random = new Random(options.seed);
  const startedAtMs = Date.now();
  // Every customer who is under way listens for the end: more than ten are no leak.
  setMaxListeners(0, options.signal);
  for (let number = 1; !options.signal.aborted; number++) {
    const kind = firstKinds[number - 1] ?? pickKind(random);
    const story = tellStory(kind, {
      random,
      runId: options.runId,
      number,
      startMs: Date.now() - startedAtMs,
      hourMs: options.hourMs,
      zones,
    });
    options.onStory(kind);
    playStory(story, clients, { startedAtMs, signal: options.signal }).catch((problem: unknown) => {
      if (!options.signal.aborted) options.onProblem(problem);
    });
    await delay(options.everyMs * (0.4 + 1.2 * random.next()), undefined, { signal: options.signal }).catch(
      () => undefined,
    );
  }
}

/** The first customers show something at once: an order is welcomed by day and by night. */
const firstKinds: readonly StoryKind[] = [
  'first-order',
  'leaves-a-cart',
  'sees-pricing',
  'complains',
  'over-the-cap',
  'pays-in-time',
];

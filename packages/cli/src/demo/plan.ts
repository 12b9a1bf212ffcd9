import { Random } from '../shop/random.ts';
import { pickKind, type Story, type StoryKind, tellStory } from '../shop/stories.ts';

export interface DemoPlan {
  readonly stories: readonly Story[];
  /** Sets the clock against which the stories are played. */
  begin(nowMs: number): void;
  startedAtMs(): number;
  /** When the last scripted moment comes, on the clock. */
  endAtMs(): number;
}

/** Every kind of story at least twice, the rest as often as shops see them; starts spread over `spreadMs`. */
export function planDemo(options: {
  readonly seed: number;
  readonly customers: number;
  readonly runId: string;
  readonly hourMs: number;
  readonly zones: readonly string[];
  readonly spreadMs: number;
}): DemoPlan {
  const random = new Random(options.seed);
  const stories = Array.from({ length: options.customers }, (_, at) =>
    tellStory(sureKinds[at] ?? pickKind(random), {
      random,
      runId: options.runId,
      number: at + 1,
      startMs: Math.floor(random.next() * options.spreadMs),
      hourMs: options.hourMs,
      zones: options.zones,
    }),
  );
  const moments = stories.flatMap((story) => [
    ...story.calls.map((call) => call.atMs),
    ...story.expectations.map((one) => one.atMs),
  ]);
  let startedAtMs = 0;
  return {
    stories,
    begin: (nowMs) => {
      startedAtMs = nowMs;
    },
    startedAtMs: () => startedAtMs,
    endAtMs: () => startedAtMs + Math.max(0, ...moments),
  };
}

const once: readonly StoryKind[] = [
  'leaves-a-cart',
  'pays-in-time',
  'pays-late',
  'adds-again',
  'complains',
  'over-the-cap',
  'first-order',
  'sees-pricing',
  'browses',
];
const sureKinds: readonly StoryKind[] = [...once, ...once];

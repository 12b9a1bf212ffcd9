import type { RehearsedMoment, RehearsedTimeline } from '@kairos/contracts';
import { sampleRank } from './fates.ts';

/** Persons whose stories are kept at most, and moments of each. So stories cost the same for a million persons. */
const MAX_PERSONS = 500;
const MAX_MOMENTS = 60;

interface Story {
  readonly rank: number;
  readonly moments: RehearsedMoment[];
  more: number;
}

/** The stories of some persons: of those who were asked for, and of a sample of those for whom something was decided. */
export class Timelines {
  readonly #wanted: ReadonlySet<string>;
  readonly #stories = new Map<string, Story>();
  /** No story is begun for a rank above it. */
  #highest = Number.POSITIVE_INFINITY;

  constructor(wanted: readonly string[] = []) {
    this.#wanted = new Set(wanted);
  }

  /** Adds to the story of a person, if one is kept. `begins`: something was decided, so that a story may begin. */
  tell(personId: string, begins: boolean, moment: () => RehearsedMoment): void {
    const story = this.#stories.get(personId) ?? this.#begin(personId, begins);
    if (story === undefined) return;
    if (story.moments.length < MAX_MOMENTS || this.#wanted.has(personId)) story.moments.push(moment());
    else story.more += 1;
  }

  /** An old person is another one from here on. */
  merge(from: string, to: string): void {
    const old = this.#stories.get(from);
    if (old === undefined) return;
    this.#stories.delete(from);
    const known = this.#stories.get(to) ?? this.#begin(to, true);
    if (known === undefined) return;
    const all = [...old.moments, ...known.moments].sort((a, b) => a.atMs - b.atMs);
    known.moments.splice(0, known.moments.length, ...all.slice(0, MAX_MOMENTS));
    known.more += old.more + Math.max(0, all.length - MAX_MOMENTS);
  }

  of(personId: string): RehearsedTimeline | null {
    const story = this.#stories.get(personId);
    return story === undefined ? null : { personId, moments: story.moments, more: story.more };
  }

  /** Everybody whose story is known, in the order of the sample; who was asked for comes first. */
  get persons(): readonly string[] {
    const rankOf = ([id, { rank }]: [string, Story]): number => (this.#wanted.has(id) ? -1 : rank);
    return [...this.#stories].sort((a, b) => rankOf(a) - rankOf(b)).map(([id]) => id);
  }

  isWanted(personId: string): boolean {
    return this.#wanted.has(personId);
  }

  #begin(personId: string, begins: boolean): Story | undefined {
    const isWanted = this.#wanted.has(personId);
    if (!isWanted && !begins) return undefined;
    const rank = sampleRank(personId);
    if (!isWanted && rank >= this.#highest) return undefined;
    const story: Story = { rank, moments: [], more: 0 };
    this.#stories.set(personId, story);
    if (this.#stories.size > MAX_PERSONS * 2) this.#thin();
    return story;
  }

  /** Keeps the first half of the sample. */
  #thin(): void {
    const ids = this.persons;
    for (const id of ids.slice(MAX_PERSONS)) if (!this.#wanted.has(id)) this.#stories.delete(id);
    this.#highest = Math.max(...[...this.#stories.values()].map(({ rank }) => rank));
  }
}

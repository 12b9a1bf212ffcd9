import type { RehearsedMoment, RehearsedTimeline } from '@kairos/contracts';
import { sampleRank } from './fates.ts';

/** Parts of stories that are kept at most, and moments of each. So stories cost the same for a million persons. */
const MAX_PARTS = 500;
const MAX_MOMENTS = 60;
/** Who was asked for comes before the sample. */
const WANTED = -1;

/** What is told of a person under one name. Its rank depends on the name alone, so it is the same whoever else is told of. */
interface Part {
  readonly rank: number;
  readonly moments: RehearsedMoment[];
  more: number;
}

/** The parts of a person's story, the lowest rank first: a moment is told in that one, as it is the last to be let go. */
type Story = readonly Part[];

/** Stories as they cross from one thread to another. */
export type ToldStories = readonly (readonly [personId: string, Story])[];

const byRank = (a: Part, b: Part): number => a.rank - b.rank;
const rankOf = (story: Story): number => story[0]?.rank ?? Number.POSITIVE_INFINITY;

/**
 * The stories of some persons: of those who were asked for, and of a sample of those for whom something was decided. The
 * sample is what has the lowest ranks, whatever the order in which persons come and however they are shared out.
 */
export class Timelines {
  readonly #wanted: ReadonlySet<string>;
  readonly #stories = new Map<string, Story>();
  #parts = 0;
  /** No part is begun for a rank above it. */
  #highest = Number.POSITIVE_INFINITY;

  constructor(wanted: readonly string[] = []) {
    this.#wanted = new Set(wanted);
  }

  /** Adds to the story of a person, if one is kept. `begins`: something was decided, so that a story may begin. */
  tell(personId: string, begins: boolean, moment: () => RehearsedMoment): void {
    const known = this.#stories.get(personId);
    const story = begins || this.#wanted.has(personId) ? this.#begun(personId, known) : known;
    const part = story?.[0];
    if (part === undefined) return;
    if (part.moments.length < MAX_MOMENTS || part.rank === WANTED) part.moments.push(moment());
    else part.more += 1;
  }

  /** An old person is another one from here on. */
  merge(from: string, to: string): void {
    const old = this.#stories.get(from);
    if (old === undefined) return;
    this.#stories.delete(from);
    this.#stories.set(to, [...old, ...(this.#stories.get(to) ?? [])].sort(byRank));
  }

  of(personId: string): RehearsedTimeline | null {
    const story = this.#stories.get(personId);
    if (story === undefined) return null;
    const all = story.flatMap(({ moments }) => moments).sort((a, b) => a.atMs - b.atMs);
    const told = rankOf(story) === WANTED ? all : all.slice(0, MAX_MOMENTS);
    const more = story.reduce((sum, part) => sum + part.more, all.length - told.length);
    return { personId, moments: told, more };
  }

  /** Everybody whose story is known, in the order of the sample; who was asked for comes first. */
  get persons(): readonly string[] {
    return [...this.#stories]
      .sort(([a, one], [b, other]) => rankOf(one) - rankOf(other) || (a < b ? -1 : 1))
      .map(([id]) => id);
  }

  isWanted(personId: string): boolean {
    return this.#wanted.has(personId);
  }

  /** What is known here, for `add` elsewhere. */
  told(): ToldStories {
    return [...this.#stories];
  }

  /** Adds the stories of other persons. */
  add(told: ToldStories): void {
    for (const [personId, story] of told) {
      this.#stories.set(personId, story);
      this.#parts += story.length;
    }
  }

  /** Lets go all that is no part of the sample; afterwards nothing more is told. */
  close(): void {
    this.#thin();
  }

  /** The story with the part of the person's own name, where that is in the sample. */
  #begun(personId: string, known: Story | undefined): Story | undefined {
    const rank = this.#wanted.has(personId) ? WANTED : sampleRank(personId);
    if (rank > this.#highest || known?.some((part) => part.rank === rank) === true) return known;
    const story = [...(known ?? []), { rank, moments: [], more: 0 }].sort(byRank);
    this.#stories.set(personId, story);
    this.#parts += 1;
    if (this.#parts <= MAX_PARTS * 2 + this.#wanted.size) return story;
    this.#thin();
    return this.#stories.get(personId);
  }

  /** Keeps the lowest ranks. */
  #thin(): void {
    const ranks = [...this.#stories.values()].flatMap((story) => story.map(({ rank }) => rank));
    const sampled = ranks.filter((rank) => rank !== WANTED).sort((a, b) => a - b);
    const highest = sampled[MAX_PARTS - 1];
    if (highest === undefined) return;
    this.#highest = highest;
    this.#parts = 0;
    for (const [personId, story] of this.#stories) {
      const kept = story.filter(({ rank }) => rank <= highest);
      this.#parts += kept.length;
      if (kept.length === 0) this.#stories.delete(personId);
      else if (kept.length < story.length) this.#stories.set(personId, kept);
    }
  }
}

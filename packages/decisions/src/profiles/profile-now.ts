import type { CompiledPlaybook } from '../compile-types.ts';
import type { PersonZone } from './contact.ts';
import type { ProfileState } from './profile-state.ts';
import { profileView } from './profile-view.ts';

interface NowOptions {
  readonly zone: PersonZone;
  /** Log time, UTC ms. */
  readonly atMs: number;
  readonly playbook: CompiledPlaybook | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * A profile as others see it at a moment. It is long: where no segment asks for it, nobody hears of profiles, and no rule
 * cares for the event, it is never made.
 */
export class ProfileNow {
  readonly #of: ProfileState;
  readonly #options: NowOptions;
  #view: Fields | undefined;
  #told: string | undefined;

  constructor(of: ProfileState, options: NowOptions) {
    this.#of = of;
    this.#options = options;
  }

  /** As conditions and readers see it. */
  get view(): Fields {
    const { zone, atMs, playbook } = this.#options;
    this.#view ??= profileView(this.#of, { zone, atMs, computed: playbook?.computed });
    return this.#view;
  }

  /** What live rules read of it, as JSON: so it travels with events. */
  toldWith(segments: readonly string[]): string {
    this.#told ??= JSON.stringify(this.#projected(segments));
    return this.#told;
  }

  #projected(segments: readonly string[]): Fields {
    const { playbook } = this.#options;
    if (playbook === undefined) return {};
    const { projection } = playbook;
    // A message's text is rendered long after, and far from here: where it asks for segments, they travel.
    const saysSegments = projection.includes('segments') || projection[0] === '*';
    return playbook.project(saysSegments ? { ...this.view, segments } : this.view);
  }
}

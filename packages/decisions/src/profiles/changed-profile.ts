import type { ProfileChanged } from '@kairos/contracts';
import { consentChanges } from './consent-history.ts';
import type { ProfileNow } from './profile-now.ts';
import type { ProfileState } from './profile-state.ts';

interface Standing {
  readonly now: ProfileNow;
  readonly segments: readonly string[];
  readonly atMs: number;
}

/** A profile as it stands now. It is long, and a rehearsal reads none: it is written down when somebody asks for it. */
export class ChangedProfile implements Omit<ProfileChanged, 'origin'> {
  readonly personId: string;
  readonly segments: readonly string[];
  readonly changedAtMs: number;
  readonly movedTo = null;
  readonly #of: ProfileState;
  readonly #now: ProfileNow;

  constructor(profile: ProfileState, { now, segments, atMs }: Standing) {
    this.personId = profile.personId;
    this.#of = profile;
    this.segments = segments;
    this.changedAtMs = atMs;
    this.#now = now;
  }

  /** With the history of consent, which is for readers: no rule reads it, so that it never travels with events. */
  get profile(): string {
    const { view } = this.#now;
    const consentHistory = consentChanges(this.#of);
    return JSON.stringify(consentHistory.length === 0 ? view : { ...view, consentHistory });
  }
}

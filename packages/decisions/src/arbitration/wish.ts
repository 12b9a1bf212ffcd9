import type { Contact } from '@kairos/contracts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { Purpose } from '../definitions.ts';
import type { StatedPreferences } from '../profiles/preferences.ts';
import type { PersonContactState, Send } from './state.ts';

/** What the person has stated, as it came with the addresses and consent. Contacts of before there was the field have none. */
export function statedOf(contact: Contact | null): StatedPreferences | null {
  const text: string | null | undefined = contact?.preferences;
  return text ? (JSON.parse(text) as StatedPreferences) : null;
}

interface Wishing {
  readonly purpose: Purpose;
  readonly state: PersonContactState;
  readonly playbook: CompiledPlaybook;
  readonly nowMs: number;
}

/** The person's own cap, as full; null = there is room, or they stated none. */
export function fullWish(
  { purpose, state, playbook, nowMs }: Wishing,
  sends: readonly Send[],
): { readonly untilMs: number | null; readonly numbers: Readonly<Record<string, unknown>> } | null {
  const wish = purpose === 'service' ? null : (statedOf(state.contact)?.frequency ?? null);
  if (wish === null) return null;
  const windowMs = Math.max(1, Math.round(wish.perMs / playbook.timeScale));
  const counted = sends
    .filter((send) => send.state !== 'released' && send.purpose === 'marketing' && send.atMs > nowMs - windowMs)
    .sort((a, b) => a.atMs - b.atMs);
  if (counted.length < wish.max) return null;
  const frees = wish.max === 0 ? undefined : counted[counted.length - wish.max];
  return {
    untilMs: frees === undefined ? null : frees.atMs + windowMs,
    numbers: {
      rule: OWN_WISH,
      count: counted.length,
      limit: wish.max,
      windowMs,
      takenBy: wish.max === 0 ? [] : counted.slice(-wish.max).map((send) => send.triggerId),
    },
  };
}

/** How a decision names the rule that the person made. No contact rule can have this id. */
const OWN_WISH = 'the person’s own wish';

import { normalizeCard } from './card.ts';
import { own, ownText } from './json.ts';

/** Who sent an event, as far as the event itself says. */
export interface Sender {
  /** Key of the record on `events.collected`: anonymousId, else userId, else e-mail, phone or loyalty card. */
  readonly sourceKey: string;
  /** The sender's id, namespaced by kind: before any link is known. */
  readonly personId: string;
}

/** The fields of an event that say who sent it. */
export interface SenderFields {
  readonly anonymousId: string | null;
  readonly userId: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** Loyalty card. The record has no field for it: it lies among the traits or in the context, where `cardOf` finds it. */
  readonly card?: string | null;
}

const MAX_EMAIL_LENGTH = 254;
const EMAIL = /^[^\s@<>",;]+@[^\s@<>",;]+$/;
const E164 = /^\+[1-9]\d{4,14}$/;

/** An e-mail address, trimmed and with its domain in lower case (the local part may mean another mailbox); null if it is none. */
export function normalizeEmail(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.length > MAX_EMAIL_LENGTH || !EMAIL.test(trimmed)) return null;
  const at = trimmed.lastIndexOf('@');
  return `${trimmed.slice(0, at)}${trimmed.slice(at).toLowerCase()}`;
}

/** A phone number in E.164 with the usual separators removed; null without a country code. */
export function normalizeE164(text: string): string | null {
  const digits = text.replaceAll(/[\s().\-/]/g, '');
  return E164.test(digits) ? digits : null;
}

/**
 * The sender of an event and with it the key of its record; null when nothing says who it was. `traits` is looked at
 * only if there is no id, and may be left out by a caller that has set `email` or `phone`.
 */
export function senderOf(fields: SenderFields, traits?: unknown): Sender | null {
  if (fields.anonymousId) return { sourceKey: fields.anonymousId, personId: `anon:${fields.anonymousId}` };
  if (fields.userId) return { sourceKey: fields.userId, personId: `user:${fields.userId}` };
  const email = normalizeEmail(fields.email || ownText(traits, 'email') || '');
  if (email !== null) return { sourceKey: email, personId: `email:${email}` };
  const phoneTrait = own(traits, 'phone');
  const phone = normalizeE164(fields.phone || (typeof phoneTrait === 'string' ? phoneTrait : '') || '');
  if (phone !== null) return { sourceKey: phone, personId: `phone:${phone}` };
  const card = normalizeCard(fields.card);
  return card === null ? null : { sourceKey: card, personId: `card:${card}` };
}

import { cardOf, normalizeE164, normalizeEmail } from '@kairos/decisions';
import { cleanText, type Fields, isObject, type JsonObject, parsedFields } from './clean-object.ts';
import { at, EventRefused, quoted } from './fault.ts';

export const MAX_ID_LENGTH = 256;

/** An id: text or a number; null when missing, null or blank. */
export function idField(from: JsonObject, path: string, names: readonly string[]): string | null {
  for (const name of names) {
    const value = from[name];
    if (value === undefined || value === null) continue;
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    if (typeof value !== 'string' && !isNumber) {
      throw new EventRefused(
        'FIELD_INVALID',
        at(path, name),
        `is ${quoted(value)}. Send an id as text or as a number.`,
      );
    }
    const id = cleanText(String(value)).trim();
    if (id === '') continue;
    if (id.length > MAX_ID_LENGTH) {
      const message = `is ${quoted(id)}, ${id.length} characters long. Send an id of at most ${MAX_ID_LENGTH}.`;
      throw new EventRefused('FIELD_INVALID', at(path, name), message);
    }
    return id;
  }
  return null;
}

export interface Identity {
  readonly anonymousId: string | null;
  readonly userId: string | null;
  /** Only where no id is known. */
  readonly email: string | null;
  /** Only where neither id nor e-mail address is known. */
  readonly phone: string | null;
  /** Loyalty card, only where nothing else says who it was. It stays where it stands; the key of the record is made of it. */
  readonly card: string | null;
}

const textOf = (...values: readonly unknown[]): readonly string[] =>
  values.filter((value) => typeof value === 'string').map(cleanText);

/** The first of the values that is one, in its normal form. */
const firstOf = (normalize: (text: string) => string | null, ...values: readonly unknown[]): string | null => {
  for (const text of textOf(...values)) {
    const normal = normalize(text);
    if (normal !== null) return normal;
  }
  return null;
};

/** Who did it. Refuses an event that names nobody. */
export function identityOf(
  event: JsonObject,
  path: string,
  about: { readonly traits: Fields; readonly context: Fields },
): Identity {
  const anonymousId = idField(event, path, ['anonymousId', 'anonymous_id']);
  const userId = idField(event, path, ['userId', 'user_id']);
  if (anonymousId !== null || userId !== null) return { anonymousId, userId, email: null, phone: null, card: null };
  const traits = parsedFields(about.traits);
  const context = parsedFields(about.context);
  const more = isObject(context.traits) ? context.traits : {};
  const email = firstOf(normalizeEmail, traits.email, more.email);
  if (email !== null) return { anonymousId, userId, email, phone: null, card: null };
  const phone = firstOf(normalizeE164, traits.phone, more.phone);
  if (phone !== null) return { anonymousId, userId, email, phone, card: null };
  const card = cardOf(traits, context);
  if (card !== null) return { anonymousId, userId, email, phone, card };
  throw new EventRefused(
    'ID_MISSING',
    at(path, 'userId'),
    'is missing, and so is anonymousId; there is no traits.email, no traits.phone in international form and no traits.cardNumber ' +
      '(6 to 40 letters and digits) either. Send one of them.',
  );
}

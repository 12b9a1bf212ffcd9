import { own, parseObject } from './json.ts';

/** What a loyalty card is called among traits, and a till's `context`. */
export const CARD_NAMES = ['cardNumber', 'card_number'] as const;

/** Letters stay as they are: some systems tell them apart. A till's word for "no card" (`0000000`, `none`) names nobody. */
const CARD = /^(?=.*\d)[A-Za-z\d]{6,40}$/;
const ONE_CHARACTER = /^(.)\1*$/;

/** The number of a loyalty card without the usual separators; null if it is none, or looks like a card that one pays with. */
export function normalizeCard(value: unknown): string | null {
  const text = textOf(value);
  if (text === null) return null;
  const card = text.replaceAll(/[\s.\-/]/g, '');
  return CARD.test(card) && !ONE_CHARACTER.test(card) && !isPaymentCard(card) ? card : null;
}

/** The loyalty card that an event gives of its sender: in its traits, in `context.traits`, or as a till's `context.cardNumber`. */
export function cardOf(traits: unknown, context: unknown): string | null {
  for (const place of [traits, own(context, 'traits'), context]) {
    for (const name of CARD_NAMES) {
      const card = normalizeCard(own(place, name));
      if (card !== null) return card;
    }
  }
  return null;
}

/**
 * How the networks' numbers begin and how long they are. Narrow on purpose: loyalty cards carry the same check digit, so a
 * wider net (Maestro as "anything that begins with 6") would take most of them for cards that one pays with.
 */
const NETWORKS: readonly RegExp[] = [
  /^4(?:\d{15}|\d{18})$/,
  /^(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d+$(?<=^\d{16})/,
  /^3[47]\d{13}$/,
  /^(?:30[0-5]|3095|3[689])\d+$(?<=^\d{14})/,
  /^(?:352[89]|35[3-8]\d)\d+$(?<=^\d{16,19})/,
  /^(?:6011|64[4-9]|65)\d+$(?<=^\d{16,19})/,
  /^(?:62|81)\d+$(?<=^\d{16,19})/,
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d+$(?<=^\d{13,19})/,
  /^220[0-4]\d+$(?<=^\d{16,19})/,
  /^(?:508[5-9]|60[78]|82)\d+$(?<=^\d{16})/,
];

/** Whether a text is, separators aside, the number of a card that one pays with. */
export function isPaymentCard(text: string): boolean {
  const digits = text.replaceAll(/[\s.\-/]/g, '');
  return /^\d{13,19}$/.test(digits) && NETWORKS.some((network) => network.test(digits)) && hasCheckDigit(digits);
}

function hasCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const counted = index % 2 === 0 ? digit : digit * 2;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 === 0;
}

/** JSON's numbers are exact up to 2^53: enough for sixteen digits, the longest that anybody writes as a number. */
const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : null;

// ---- what one pays with must not be stored ------------------------------------------------------------------------------

/** Cheap: most events say nothing of a card, and need not be parsed. */
export const mayNameCard = (json: string): boolean =>
  json.includes('"card') && (json.includes('"cardNumber"') || json.includes('"card_number"'));

/** Where an object, or the traits in it, holds the number of a card that one pays with, such as `traits.cardNumber`; null if nowhere. */
export function paymentCardIn(fields: unknown): string | null {
  for (const [prefix, place] of [
    ['', fields],
    ['traits.', own(fields, 'traits')],
  ] as const) {
    for (const name of CARD_NAMES) {
      const text = textOf(own(place, name));
      if (text !== null && isPaymentCard(text)) return `${prefix}${name}`;
    }
  }
  return null;
}

/**
 * The value without any text or number that is a payment card, down to thirty levels: for what is kept of an event. What
 * holds none is the value itself.
 */
export function withoutPaymentCards(value: unknown, depth = 0): unknown {
  const text = textOf(value);
  if (text !== null) return isPaymentCard(text) ? REMOVED : value;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  let isChanged = false;
  const clean = (inner: unknown): unknown => {
    const kept = withoutPaymentCards(inner, depth + 1);
    isChanged ||= kept !== inner;
    return kept;
  };
  const copy = Array.isArray(value)
    ? value.map(clean)
    : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)]));
  return isChanged ? copy : value;
}

const REMOVED = '(payment card removed)';
const MAX_DEPTH = 30;

/** The JSON text of an object without payment cards; the text itself where there are none. */
export function jsonWithoutPaymentCards(json: string): string {
  if (!mayNameCard(json)) return json;
  const fields = parseObject(json);
  return fields === null || paymentCardIn(fields) === null ? json : JSON.stringify(withoutPaymentCards(fields));
}

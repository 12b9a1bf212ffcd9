import type { CustomerEvent } from '@kairos/contracts';
import { cardOf } from './card.ts';
import { isObject, own, parseObject } from './json.ts';
import { normalizeE164, normalizeEmail } from './person-id.ts';

/** An e-mail address, a phone number or a loyalty card, as the person that it would be by itself. */
export interface Identifier {
  readonly personId: string;
  /** Key of its records on `events.collected`. */
  readonly sourceKey: string;
}

const NONE: readonly Identifier[] = [];

/** Cheap: most events say nothing of the kind, and need not be parsed. */
const MAY_NAME = /"(?:email|phone|cardNumber|card_number)"/;

/**
 * The e-mail address, the phone number and the loyalty card that an event gives of its sender. A browser's word is not
 * taken: anybody can type anybody's address, and would get their story. Traits of a group are the group's.
 */
export function identifiersOf(event: CustomerEvent): readonly Identifier[] {
  if (event.sourceKind === 'browser') return NONE;
  const saysTraits = event.type !== 'group' && MAY_NAME.test(event.traits);
  const saysContext = MAY_NAME.test(event.context);
  if (!saysTraits && !saysContext && event.email === null && event.phone === null) return NONE;
  const traits = saysTraits ? parseObject(event.traits) : null;
  const context = saysContext ? parseObject(event.context) : null;
  const ofContext = own(context, 'traits');
  const found = new Map<string, Identifier>();
  const emails = [event.email, textOf(traits, 'email'), textOf(ofContext, 'email')];
  const phones = [event.phone, textOf(traits, 'phone'), textOf(ofContext, 'phone')];
  for (const text of emails) {
    const sourceKey = text === null ? null : normalizeEmail(text);
    if (sourceKey !== null) found.set(`email:${sourceKey}`, { personId: `email:${sourceKey}`, sourceKey });
  }
  for (const text of phones) {
    const sourceKey = text === null ? null : normalizeE164(text);
    if (sourceKey !== null) found.set(`phone:${sourceKey}`, { personId: `phone:${sourceKey}`, sourceKey });
  }
  const card = cardOf(traits, context);
  if (card !== null) found.set(`card:${card}`, { personId: `card:${card}`, sourceKey: card });
  return [...found.values()];
}

function textOf(traits: unknown, name: string): string | null {
  const value = isObject(traits) ? own(traits, name) : undefined;
  return typeof value === 'string' ? value : null;
}

/** The identifier of a person id; null for a user or a browser. */
export function identifierOf(personId: string): Identifier | null {
  const at = personId.indexOf(':');
  const kind = personId.slice(0, at);
  return kind === 'email' || kind === 'phone' || kind === 'card'
    ? { personId, sourceKey: personId.slice(at + 1) }
    : null;
}

export {
  cardOf,
  jsonWithoutPaymentCards,
  mayNameCard,
  normalizeCard,
  paymentCardIn,
  withoutPaymentCards,
} from './card.ts';
export { checkProfile, findInProfile } from './check-profile.ts';
export type { ConsentChange } from './consent-history.ts';
export { type EnrichResult, enrich } from './enrich.ts';
export { type EnrichStep, enrichRecord, personOfIdentified, type Said } from './enrich-record.ts';
export { type Identifier, identifiersOf } from './identifiers.ts';
export {
  type IdentifyOutcome,
  type IdentityState,
  identify,
  identifyLink,
  type LinkOutcome,
  type Pointing,
  readIdentity,
} from './identify.ts';
export { parseObject } from './json.ts';
export { type Move, moveBetween } from './move.ts';
export { normalizeE164, normalizeEmail, type Sender, type SenderFields, senderOf } from './person-id.ts';
export { isMoved, type PersonState, profileOf } from './person-state.ts';
export type { StatedPreferences } from './preferences.ts';
export type { ConsentState, ProfileState } from './profile-state.ts';
export type { RecentId, RecentIds } from './recent-ids.ts';

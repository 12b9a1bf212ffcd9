export { type EnrichResult, enrich } from './enrich.ts';
export { type IdentifyOutcome, type IdentityState, identify, type RecentId } from './identify.ts';
export { parseObject } from './json.ts';
export { normalizeE164, normalizeEmail, type Sender, type SenderFields, senderOf } from './person-id.ts';
export type { ConsentState, ProfileState } from './profile-state.ts';

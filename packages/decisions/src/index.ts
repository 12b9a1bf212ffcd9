export {
  type ArbitrationContext,
  type ArbitrationOutput,
  type ArbitrationResult,
  applyProposed,
  type Block,
  type Decided,
  decideDue,
  dueAtMs,
  emptyContactState,
  type GateName,
  gateNames,
  type PersonContactState,
  personOf,
  type Send,
  type Waiting,
} from './arbitration/index.ts';
export { defaultCompany } from './compile-defaults.ts';
export { compilePlaybook } from './compile-playbook.ts';
export { templatesOf } from './compile-projection.ts';
export type * from './compile-types.ts';
export {
  alwaysProjected,
  ConditionError,
  checkCondition,
  checkExpression,
  compileCondition,
  compileExpression,
  eventFields,
  functionNames,
  profileFields,
  variables,
} from './conditions/index.ts';
export type * from './conditions/types.ts';
export type * from './definitions.ts';
export { type Holdout, isHeldOut, stickyPercent } from './experiments/index.ts';
export { hashId } from './hash-id.ts';
export {
  type ConsentState,
  type EnrichResult,
  enrich,
  type IdentifyOutcome,
  type IdentityState,
  identify,
  normalizeE164,
  normalizeEmail,
  type ProfileState,
  parseObject,
  type RecentId,
  type Sender,
  type SenderFields,
  senderOf,
} from './profiles/index.ts';
export {
  checkTemplate,
  placeholderAliases,
  profileReads,
  type Rendered,
  type RenderOptions,
  renderTemplate,
  templateReads,
  templateVariables,
} from './templating/index.ts';
export {
  clockChangeBetween,
  formatDuration,
  formatLocal,
  isZone,
  type LocalTime,
  localTimeOf,
  localToUtcMs,
  offsetMsAt,
  parseDurationMs,
  parseWallTimeMs,
  type QuietSpan,
  quietUntilMs,
  singleZoneOfCountry,
  wallMsOf,
} from './time/index.ts';
export {
  contactEventOf,
  type DetectAt,
  type DetectResult,
  type DetectState,
  detect,
  detectDueAtMs,
  detectFeedback,
  detectTime,
  type Fact,
  type TriggerTypeSpec,
  triggerTypeSpecs,
} from './triggers/index.ts';

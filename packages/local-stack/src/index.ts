export { startTestStack, type TestStackOptions } from './for-tests.ts';
export { Interrupted } from './foreground.ts';
export { defaultHome, type HomePaths, homePaths } from './home.ts';
export { readMailbox, type StoredMessage } from './mailbox-reader.ts';
export { SERVICE_NODE_ARGS } from './node-args.ts';
export { choosePort, release as releasePort } from './ports.ts';
export { MissingPrerequisites } from './prerequisites.ts';
export { lineReporter, silentReporter, stderrReporter, withoutPassword } from './reporter.ts';
export { loadOrCreateSecrets, type Secrets } from './secrets.ts';
export { serviceEntry } from './service-entry.ts';
export type { ServiceRecord, ServiceState } from './service-process.ts';
export { type House, type RunningServices, type ServiceSpec, type ServicesOptions, startServices } from './services.ts';
export { readSms, type StoredSms } from './sms-messages.ts';
export type { SmsBehaviour } from './sms-numbers.ts';
export { createSmsGateway, type SmsGatewayOptions } from './sms-server.ts';
export { openStack, startStack, stopStack } from './stack.ts';
export { type HouseStatus, type PartStatus, type ServiceStatus, status } from './status.ts';
export {
  ADDRESS_KEYS,
  type Environment,
  MAILBOX_DIR_KEY,
  PART_NAMES,
  type PartName,
  type PartRecord,
  type Picked,
  type ProcessIdentity,
  type Reporter,
  type RunningStack,
  SMS_DIR_KEY,
  type StackFile,
  type StackOptions,
} from './types.ts';
export { untilCounted } from './until-counted.ts';
export { down, type Up, type UpOptions, up } from './up.ts';

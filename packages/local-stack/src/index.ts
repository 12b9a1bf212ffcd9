export { startTestStack, type TestStackOptions } from './for-tests.ts';
export { defaultHome, type HomePaths, homePaths } from './home.ts';
export { MissingPrerequisites } from './prerequisites.ts';
export { lineReporter, silentReporter, stderrReporter, withoutPassword } from './reporter.ts';
export { loadOrCreateSecrets, type Secrets } from './secrets.ts';
export { startStack, stopStack } from './stack.ts';
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
  type StackFile,
  type StackOptions,
} from './types.ts';

export {
  type Conflict,
  type ConflictCode,
  type ConflictInput,
  type ConflictOptions,
  conflictCodes,
  type DefinitionName,
  findConflicts,
} from './conflicts/index.ts';
export { describe } from './describe.ts';
export { formatIssue, type LintIssue, nearest, suggest } from './lint-issue.ts';
export { isDefinitionFile, isTestFile, type ParsedPlaybook, parsePlaybook } from './parse-playbook.ts';
export { fromRecords, type PublishedRecord, type PublishOptions, toPublished, toRecords } from './publish.ts';
export { scaleDurations } from './scale.ts';
export { type Kind, kinds, schemas } from './schema/index.ts';
export { stepForms } from './schema/journey.ts';
export { issuesOf } from './schema-issues.ts';
export {
  runPlaybookTests,
  type TestReport,
  type TestResult,
} from './tests/run-playbook-tests.ts';
export type { OpenTestHouse, TestHouse } from './tests/test-house.ts';
export { testSchema } from './tests/test-schema.ts';
export { playbookVersion } from './version.ts';
export { type UnversionedModel, writeModel } from './write-model.ts';
export { type PlaybookFile, readDocuments, type SourceDocument } from './yaml-source.ts';

import type { LintIssue } from '../lint-issue.ts';
import { isTestFile } from '../parse-playbook.ts';
import { issuesOf } from '../schema-issues.ts';
import { type PlaybookFile, readDocuments, type SourceDocument } from '../yaml-source.ts';
import { type PlaybookTest, testSchema } from './test-schema.ts';

export interface ReadTest {
  readonly file: string;
  readonly line: number;
  readonly test: PlaybookTest;
  /** The test alone, with the way from a path in it to its place. */
  readonly document: SourceDocument;
}

/** Reads `*.test.yaml`: each document is a test, or a list of tests. */
export function readTests(files: readonly PlaybookFile[]): { tests: ReadTest[]; issues: LintIssue[] } {
  const tests: ReadTest[] = [];
  const issues: LintIssue[] = [];
  for (const file of files.filter(({ path }) => isTestFile(path))) {
    const read = readDocuments(file);
    issues.push(...read.issues);
    for (const document of read.documents) {
      const items = Array.isArray(document.value) ? document.value : [document.value];
      items.forEach((value, at) => {
        const prefix = Array.isArray(document.value) ? [at] : [];
        // Paths are relative to the item; their places are those of the document.
        const placed: SourceDocument = {
          ...document,
          value,
          placeOf: (path) => document.placeOf([...prefix, ...path]),
          placeOfKey: (path) => document.placeOfKey([...prefix, ...path]),
        };
        const result = testSchema.safeParse(value);
        if (result.success) {
          const { line } = document.placeOf(prefix);
          tests.push({ file: file.path, line, test: result.data, document: placed });
        } else issues.push(...issuesOf(result.error, testSchema, placed));
      });
    }
  }
  return { tests, issues };
}

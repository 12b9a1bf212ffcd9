import type { LintIssue } from '../lint-issue.ts';
import { isTestFile } from '../parse-playbook.ts';
import { issuesOf } from '../schema-issues.ts';
import { type PlaybookFile, readDocuments } from '../yaml-source.ts';
import { type PlaybookTest, testSchema } from './test-schema.ts';

export interface ReadTest {
  readonly file: string;
  readonly line: number;
  readonly test: PlaybookTest;
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
        const result = testSchema.safeParse(value);
        if (result.success) {
          tests.push({ file: file.path, line: document.placeOf(prefix).line, test: result.data });
          return;
        }
        // Paths are relative to the item; their places are those of the document.
        const placed = {
          ...document,
          value,
          placeOf: (path: readonly (string | number)[]) => document.placeOf([...prefix, ...path]),
          placeOfKey: (path: readonly (string | number)[]) => document.placeOfKey([...prefix, ...path]),
        };
        issues.push(...issuesOf(result.error, testSchema, placed));
      });
    }
  }
  return { tests, issues };
}

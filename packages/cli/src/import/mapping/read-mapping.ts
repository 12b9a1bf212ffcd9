import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compileCondition } from '@kairos/decisions';
import { formatIssue, issuesOf, type LintIssue, readDocuments, type SourceDocument, suggest } from '@kairos/playbook';
import { CliError, exitCodes } from '../../exit.ts';
import { shippedFolder } from '../shipped-mappings.ts';
import { namedColumns, propertyNames } from './columns.ts';
import { type Mapping, mappingSchema } from './schema.ts';

export interface ReadMapping {
  readonly file: string;
  readonly text: string;
  readonly mapping: Mapping;
  /** A finding at a place of the mapping, such as a column that the file lacks. */
  issueAt(path: readonly (string | number)[], said: { message: string; value: string; remedy: string }): LintIssue;
}

/** Reads a mapping: a file, or the name of one that comes with Kairos. Throws with every fault at once. */
export async function readMapping(fileOrName: string): Promise<ReadMapping> {
  const file = await findMapping(fileOrName);
  return parseMapping(file, await readFile(file, 'utf8'));
}

async function findMapping(fileOrName: string): Promise<string> {
  if (existsSync(fileOrName) && /\.ya?ml$/.test(fileOrName)) return fileOrName;
  const shipped = path.join(shippedFolder, `${fileOrName}.yaml`);
  if (/^[a-z0-9-]+$/.test(fileOrName) && existsSync(shipped)) return shipped;
  const names = (await readdir(shippedFolder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -5));
  const what = /\.ya?ml$/.test(fileOrName)
    ? 'is no file'
    : 'is no .yaml file, and no mapping of that name comes with Kairos';
  throw new CliError(`${fileOrName} ${what}: ${suggest(fileOrName, names)}`, exitCodes.usage);
}

export function parseMapping(file: string, text: string): ReadMapping {
  const { documents, issues } = readDocuments({ path: file, text });
  const [document, second] = documents;
  if (issues.length > 0) throw mappingError(issues);
  if (document === undefined) throw new CliError(`${file} is empty: write a mapping (kind: Mapping).`, exitCodes.usage);
  if (second !== undefined) {
    throw new CliError(`${file} holds ${documents.length} documents: write each mapping into a file.`, exitCodes.usage);
  }
  const result = mappingSchema.safeParse(document.value);
  if (!result.success) throw mappingError(issuesOf(result.error, mappingSchema, document));
  const issueAt = issueOf(document);
  const faults = faultsOf(result.data, issueAt);
  if (faults.length > 0) throw mappingError(faults);
  return { file, text, mapping: result.data, issueAt };
}

/** All findings as one error. */
export function mappingError(issues: readonly LintIssue[], file?: string): CliError {
  const many = issues.length === 1 ? '1 fault' : `${issues.length} faults`;
  const what = file === undefined ? `The mapping has ${many}` : `${file} is not what the mapping expects (${many})`;
  const lines = issues.map((issue) => `  ${formatIssue(issue)}`).join('\n');
  return new CliError(`${what}; nothing was sent:\n${lines}`, exitCodes.usage);
}

const issueOf =
  (document: SourceDocument): ReadMapping['issueAt'] =>
  (at, said) => ({
    severity: 'error',
    file: document.file,
    ...document.placeOf(at),
    path: at.join('.'),
    ...said,
  });

/** What the schema can't say: names that must agree with each other. */
function faultsOf(mapping: Mapping, issueAt: ReadMapping['issueAt']): LintIssue[] {
  const known = propertyNames(mapping);
  const faults: LintIssue[] = [];
  const unknownProperty = (at: readonly (string | number)[], name: string): void => {
    if (known.includes(name)) return;
    faults.push(issueAt(at, { message: `no property “${name}”`, value: name, remedy: suggest(name, known) }));
  };
  mapping.event.forEach((one, at) => {
    if (one.if !== undefined) {
      const { properties, ...others } = compileCondition(one.if).reads;
      for (const read of properties) unknownProperty(['event', at, 'if'], read.split(/[.[]/)[0] ?? '');
      const readsMore = Object.values(others).some((read) => (Array.isArray(read) ? read.length > 0 : read === true));
      if (readsMore) {
        const said = { message: 'reads more than the row', value: one.if, remedy: 'ask for properties only' };
        faults.push(issueAt(['event', at, 'if'], said));
      }
    }
    if ('negate' in one) {
      for (const [which, name] of one.negate.entries()) unknownProperty(['event', at, 'negate', which], name);
    }
  });
  const { columns } = mapping.file;
  return columns === undefined ? faults : [...faults, ...unknownColumns(mapping, columns, issueAt)];
}

/** Columns that the mapping names and a header lacks. */
export function unknownColumns(
  mapping: Mapping,
  header: readonly string[],
  issueAt: ReadMapping['issueAt'],
): LintIssue[] {
  return namedColumns(mapping)
    .filter(({ column }) => !header.includes(column))
    .map(({ column, path: at }) =>
      issueAt(at, { message: `no column “${column}”`, value: column, remedy: suggest(column, header) }),
    );
}

import type { Definition } from '@kairos/decisions';
import { withBodies } from './bodies.ts';
import { checkReferences } from './lint/references.ts';
import { type LintIssue, shorten, suggest } from './lint-issue.ts';
import {
  normalizeCompany,
  normalizeContactRule,
  normalizeMessage,
  normalizeSegment,
  normalizeSource,
  normalizeTrigger,
} from './normalize.ts';
import { normalizeComputedTrait } from './normalize-computed.ts';
import { normalizeJourney } from './normalize-journey.ts';
import { normalizeModel } from './normalize-model.ts';
import { normalizeTrackingPlan } from './normalize-tracking.ts';
import { isKind, type Kind, kinds, schemaFor, schemas } from './schema/index.ts';
import { issuesOf } from './schema-issues.ts';
import { type Draft, withVersion } from './version.ts';
import { type Path, type Place, type PlaybookFile, readDocuments, type SourceDocument } from './yaml-source.ts';

/** A definition with the document that it was read from, so that a finding can name its place. */
export interface Located {
  readonly definition: Definition;
  readonly document: SourceDocument;
}

export interface ParsedPlaybook {
  /** In normal form, unscaled. Complete only if there is no error among the issues. */
  readonly definitions: readonly Definition[];
  /** In order of file and line. */
  readonly issues: readonly LintIssue[];
  /** Where one of the definitions says what stands at a path as people write it; null for a definition of another playbook. */
  placeOf(definition: Definition, path: Path): (Place & { readonly file: string }) | null;
}

export const isTestFile = (path: string) => /\.test\.(ya?ml|json)$/.test(path);
export const isDefinitionFile = (path: string) => /\.(ya?ml|json)$/.test(path) && !isTestFile(path);

/**
 * Reads and lints a playbook: all its YAML files, and the `.html` files that hold bodies. Never throws: every fault is an
 * issue with file, line, column, value and remedy.
 * `beside`: definitions that stand elsewhere, such as the live ones. What is read may name them, replaces one of the same
 * kind and id, and no issue is about them.
 */
export function parsePlaybook(
  files: readonly PlaybookFile[],
  { beside = [] }: { readonly beside?: readonly Definition[] } = {},
): ParsedPlaybook {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const issues: LintIssue[] = [];
  const located: Located[] = [];
  for (const file of files.filter((one) => isDefinitionFile(one.path))) {
    const read = readDocuments(file);
    issues.push(...read.issues);
    for (const document of read.documents) {
      const parsed = parseDocument(document, byPath);
      issues.push(...parsed.issues);
      if (parsed.definition !== null) located.push({ definition: parsed.definition, document });
    }
  }
  const elsewhere = notReplaced(beside, located).map((definition) => ({ definition, document: ELSEWHERE }));
  issues.push(...checkReferences([...located, ...elsewhere]).filter(({ file }) => file !== ELSEWHERE.file));
  issues.sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
  const documents = new Map(located.map(({ definition, document }) => [definition, document]));
  return {
    definitions: located.map(({ definition }) => definition),
    issues,
    placeOf: (definition, path) => {
      const document = documents.get(definition);
      return document === undefined ? null : { file: document.file, ...document.placeOf(path) };
    },
  };
}

/** Of what stands elsewhere there is no file; its name is one that no file can have. */
const ELSEWHERE: SourceDocument = {
  file: '\0',
  value: null,
  placeOf: () => ({ line: 1, column: 1 }),
  placeOfKey: () => ({ line: 1, column: 1 }),
};

function notReplaced(beside: readonly Definition[], located: readonly Located[]): readonly Definition[] {
  // There is one company, whatever it is called.
  const nameOf = ({ kind, id }: Definition): string => (kind === 'Company' ? kind : `${kind}/${id}`);
  const given = new Set(located.map(({ definition }) => nameOf(definition)));
  return beside.filter((definition) => !given.has(nameOf(definition)));
}

function parseDocument(
  document: SourceDocument,
  files: ReadonlyMap<string, PlaybookFile>,
): { definition: Definition | null; issues: LintIssue[] } {
  const { value: given } = document;
  const kind = typeof given === 'object' && given !== null && 'kind' in given ? given.kind : undefined;
  if (!isKind(kind)) {
    const place = document.placeOf(['kind']);
    const message = kind === undefined ? 'is missing' : 'is not a kind of definition';
    const remedy = kind === undefined ? `add kind: one of ${kinds.join(', ')}` : suggest(String(kind), kinds);
    const issue = {
      severity: 'error' as const,
      file: document.file,
      ...place,
      path: 'kind',
      message,
      value: shorten(kind),
      remedy,
    };
    return { definition: null, issues: [issue] };
  }
  const { value, issues } = withBodies(document, files);
  const schema = schemaFor(kind, value);
  const result = schema.safeParse(value);
  if (!result.success) return { definition: null, issues: [...issues, ...issuesOf(result.error, schema, document)] };
  return { definition: withVersion(normalize(kind, value)) as Definition, issues };
}

/** Parses once more with the schema of the kind, so that the types of both sides meet without a cast. */
function normalize(kind: Kind, value: unknown): Draft {
  switch (kind) {
    case 'Trigger':
      return normalizeTrigger(schemas.Trigger.parse(value));
    case 'Journey':
      return normalizeJourney(schemas.Journey.parse(value));
    case 'Message':
      return normalizeMessage(schemas.Message.parse(value), Object.keys((value as { channels: object }).channels));
    case 'ContactRule':
      return normalizeContactRule(schemas.ContactRule.parse(value));
    case 'Company':
      return normalizeCompany(schemas.Company.parse(value));
    case 'Source':
      return normalizeSource(schemas.Source.parse(value));
    case 'Segment':
      return normalizeSegment(schemas.Segment.parse(value));
    case 'Model':
      return normalizeModel(schemas.Model.parse(value));
    case 'ComputedTrait':
      return normalizeComputedTrait(schemas.ComputedTrait.parse(value));
    case 'TrackingPlan':
      return normalizeTrackingPlan(schemas.TrackingPlan.parse(value));
  }
}

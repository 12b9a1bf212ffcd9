import { KairosError } from '@kairos/contracts';
import type { Definition } from '@kairos/decisions';
import {
  type Conflict,
  describe,
  findConflicts,
  formatIssue,
  type LintIssue,
  type PlaybookFile,
  parsePlaybook,
} from '@kairos/playbook';
import type { FastifyInstance } from '@kairos/service-kit';

/** More than any playbook that people write, and little enough to be read while somebody waits. */
const BODY_BYTES = 2 * 1024 * 1024;
const FILES = 500;
/** The file that a text without a name stands for. */
const PASTED = 'pasted.yaml';

/** Either `text`, one file, or `files` by path. `withLive`: what is live may be named, and is replaced by the same id. */
interface AuthoringBody {
  readonly text?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly withLive?: boolean;
  /** Conflicts only: drafts take part, too. */
  readonly drafts?: boolean;
}

/** A file name below the playbook: no step up, no way to another disk. It is only shown and never opened. */
const PATH = '^(?!/)(?!.*\\.\\.)[\\w .@+/-]{1,200}$';

const bodySchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    text: { type: 'string' },
    files: {
      type: 'object',
      maxProperties: FILES,
      propertyNames: { pattern: PATH },
      additionalProperties: { type: 'string' },
    },
    withLive: { type: 'boolean' },
    drafts: { type: 'boolean' },
  },
} as const;

interface ShownSentence {
  readonly kind: string;
  readonly id: string;
  readonly status: string;
  readonly sentence: string;
}

/**
 * What `kairos playbook lint`, `describe` and `conflicts` answer, for editors and the console's own box. A playbook with faults is an
 * answer and no error: 200 with the findings. Only a request that cannot be understood is a 4xx.
 */
export function registerAuthoring(server: FastifyInstance, { live }: { live(): readonly Definition[] }): void {
  const options = { schema: { body: bodySchema }, bodyLimit: BODY_BYTES };
  const parse = (body: AuthoringBody | null) =>
    parsePlaybook(filesOf(body), { beside: body?.withLive === true ? live() : [] });

  server.post<{ Body: AuthoringBody }>('/api/playbook/lint', options, async ({ body }) => {
    const { definitions, issues } = parse(body);
    return { ok: !hasErrors(issues), definitions: definitions.length, issues: issues.map(shown) };
  });
  server.post<{ Body: AuthoringBody }>('/api/playbook/describe', options, async ({ body }) => {
    const { definitions, issues } = parse(body);
    // What is sent stands before what is live of the same name.
    const others = [...definitions, ...(body?.withLive === true ? live() : [])];
    const sentences = definitions.map((definition) => sentenceOf(definition, others));
    return { ok: !hasErrors(issues), sentences, issues: issues.map(shown) };
  });
  server.post<{ Body: AuthoringBody }>('/api/playbook/conflicts', options, async ({ body }) => {
    const parsed = parse(body);
    const conflicts = conflictsOf(parsed, {
      beside: body?.withLive === true ? live() : [],
      drafts: body?.drafts === true,
    });
    return {
      ok: !hasErrors([...parsed.issues, ...conflicts]),
      conflicts: conflicts.map(shown),
      issues: parsed.issues.map(shown),
    };
  });
}

/** Conflicts among what was sent, and between it and what is live; what is live already is not the sender's. */
function conflictsOf(
  { definitions, placeOf }: ReturnType<typeof parsePlaybook>,
  { beside, drafts }: { readonly beside: readonly Definition[]; readonly drafts: boolean },
): readonly Conflict[] {
  const sent = new Set(definitions.map(nameOf));
  const others = beside.filter((definition) => !sent.has(nameOf(definition)));
  // What is live comes first: of two in each other's way the later is named, and that is the one being written.
  const found = findConflicts(
    { definitions: [...others, ...definitions], placeOf },
    drafts ? { statuses: ['live', 'paused', 'draft'] } : {},
  );
  return found.filter((one) => [one.in, ...one.with].some((name) => sent.has(nameOf(name))));
}

const nameOf = ({ kind, id }: { readonly kind: string; readonly id: string }): string => `${kind}/${id}`;

const hasErrors = (issues: readonly LintIssue[]): boolean => issues.some(({ severity }) => severity === 'error');

/** One finding, also as the one line that the command line prints. */
const shown = <I extends LintIssue>(issue: I): I & { readonly text: string } => ({
  ...issue,
  text: formatIssue(issue),
});

const sentenceOf = (definition: Definition, others: readonly Definition[]): ShownSentence => ({
  kind: definition.kind,
  id: definition.id,
  status: definition.status,
  sentence: describe(definition, others),
});

function filesOf(body: AuthoringBody | null): readonly PlaybookFile[] {
  const { text, files } = body ?? {};
  if (text === undefined && files === undefined) {
    throw new KairosError('FIELD_MISSING', 'Send text (one YAML file) or files (an object of path and text).', {
      field: 'text',
    });
  }
  if (text !== undefined && files !== undefined) {
    throw new KairosError('FIELD_INVALID', 'Send either text or files, not both.', { field: 'files' });
  }
  if (text !== undefined) return [{ path: PASTED, text }];
  return Object.entries(files ?? {}).map(([path, content]) => ({ path, text: content }));
}

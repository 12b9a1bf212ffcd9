import { KairosError } from '@kairos/contracts';
import type { Definition } from '@kairos/decisions';
import { describe, formatIssue, type LintIssue, type PlaybookFile, parsePlaybook } from '@kairos/playbook';
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
  },
} as const;

/** One finding, with its place, and as the one line that `kairos playbook lint` prints. */
interface ShownIssue extends LintIssue {
  readonly text: string;
}

interface ShownSentence {
  readonly kind: string;
  readonly id: string;
  readonly status: string;
  readonly sentence: string;
}

/**
 * What `kairos playbook lint` and `describe` answer, for editors and the console's own box. A playbook with faults is an
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
    return { ok: !hasErrors(issues), sentences: definitions.map(sentenceOf), issues: issues.map(shown) };
  });
}

const hasErrors = (issues: readonly LintIssue[]): boolean => issues.some(({ severity }) => severity === 'error');

const shown = (issue: LintIssue): ShownIssue => ({ ...issue, text: formatIssue(issue) });

const sentenceOf = (definition: Definition): ShownSentence => ({
  kind: definition.kind,
  id: definition.id,
  status: definition.status,
  sentence: describe(definition),
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

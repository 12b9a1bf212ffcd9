import { type LintIssue, shorten, suggest } from './lint-issue.ts';
import type { PlaybookFile, SourceDocument } from './yaml-source.ts';

/** A name that stands for a file: `cart-reminder.html`. */
const FILE_NAME = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.(html|mjml)$/;

/** Resolves `folder/../x.html` against the folder of `from`, without leaving the playbook. */
export function resolvePath(from: string, name: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Puts the text of body files in place. The document's value is copied; what can't be read is a finding, and the body
 * then stays as it was.
 */
export function withBodies(
  document: SourceDocument,
  files: ReadonlyMap<string, PlaybookFile>,
): { value: unknown; issues: LintIssue[] } {
  const { value } = document;
  if (!isFields(value) || !isFields(value.channels)) return { value, issues: [] };
  const issues: LintIssue[] = [];
  const channels: Fields = {};
  for (const [name, content] of Object.entries(value.channels)) {
    const placed = isFields(content)
      ? placeBody(content, { document, files, channel: name })
      : { content, issue: null };
    channels[name] = placed.content;
    if (placed.issue !== null) issues.push(placed.issue);
  }
  return { value: { ...value, channels }, issues };
}

interface Placing {
  readonly document: SourceDocument;
  readonly files: ReadonlyMap<string, PlaybookFile>;
  readonly channel: string;
}

function placeBody(
  content: Fields,
  { document, files, channel }: Placing,
): { content: Fields; issue: LintIssue | null } {
  const { body, bodyFile } = content;
  const isName = typeof body === 'string' && FILE_NAME.test(body);
  const field = bodyFile === undefined && isName ? 'body' : 'bodyFile';
  const name = field === 'body' ? body : bodyFile;
  const issue = (message: string, remedy: string): LintIssue => ({
    severity: 'error',
    file: document.file,
    ...document.placeOf(['channels', channel, field]),
    path: `channels.${channel}.${field}`,
    message,
    value: shorten(name),
    remedy,
  });
  if (name === undefined) {
    const needsBody = (channel === 'email' || channel === 'onsite') && body === undefined;
    return { content, issue: needsBody ? issue('has no content', 'add body or bodyFile') : null };
  }
  if (typeof name !== 'string') return { content, issue: null };
  if (field === 'bodyFile' && body !== undefined) {
    return { content, issue: issue('stands beside a body', 'keep one of body and bodyFile') };
  }
  if (name.endsWith('.mjml'))
    return { content, issue: issue('is MJML, which is not compiled here', 'save it as .html') };
  const path = resolvePath(document.file, name);
  const file = files.get(path);
  if (file === undefined) {
    const known = [...files.keys()].filter((one) => one.endsWith('.html'));
    return { content, issue: issue(`the file ${path} does not exist`, suggest(path, known)) };
  }
  const { bodyFile: _, ...rest } = content;
  return { content: { ...rest, body: file.text }, issue: null };
}

import { renderTemplate, templateReads } from '@kairos/decisions';
import { pathWords } from './describe-condition.ts';

/** What a template reads that has no name of its own to show. */
const UNNAMED: ReadonlySet<string> = new Set(['segments', 'now', 'unsubscribeUrl']);

/**
 * A short template as it reads for somebody of whom all is known: `{{ profile.firstName | default: 'Hello' }}, …` →
 * `[first name], …`. One that cannot be filled in like this stays as it was written.
 */
export function templateWords(template: string): string {
  const data: Record<string, unknown> = {};
  for (const path of templateReads(template)) {
    if (!UNNAMED.has(path))
      put(data, path.split('.'), `[${pathWords(path.replace(/^(?:evidence|properties)\./, ''))}]`);
  }
  const rendered = renderTemplate(template, data, { html: false, singleLine: true });
  return rendered.error === null ? rendered.text : template;
}

function put(into: Record<string, unknown>, [name = '', ...below]: readonly string[], value: string): void {
  if (below.length === 0) {
    into[name] ??= value;
    return;
  }
  const known = into[name];
  const next = typeof known === 'object' && known !== null ? (known as Record<string, unknown>) : {};
  into[name] = next;
  put(next, below, value);
}

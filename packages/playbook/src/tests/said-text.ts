import type { ChosenMessage } from '@kairos/contracts';
import {
  type ChannelContent,
  type Definition,
  messageView,
  type RenderOptions,
  renderTemplate,
} from '@kairos/decisions';

/** What a message says to whom it was chosen for. */
export interface SaidText {
  /** As it is read: without marks of HTML, in one line. Null where the template asks not to send. */
  readonly text: string | null;
  /** Why it cannot be said. */
  readonly fault: string | null;
}

const PLAIN: RenderOptions = { html: false };
const HTML: RenderOptions = { html: true };
const UNSUBSCRIBE_URL = 'https://example.com/unsubscribe';

/** Renders what was chosen by the definitions and the view that the channel will render it with. */
export function saidText(message: ChosenMessage, definitions: readonly Definition[]): SaidText {
  const definition = definitions.find((one) => one.kind === 'Message' && one.id === message.messageId);
  const contents = definition?.kind === 'Message' ? definition.channels : [];
  const content = contents.find(({ channel }) => channel === message.channel);
  if (content === undefined) return { text: null, fault: `there is no text for ${message.channel}` };
  const company = definitions.find((one) => one.kind === 'Company');
  const view = messageView(message, company?.kind === 'Company' ? company : undefined, message.chosenAtMs);
  const parts: string[] = [];
  for (const [template, options] of templatesOf(content)) {
    const rendered = renderTemplate(template, { ...view, unsubscribeUrl: UNSUBSCRIBE_URL }, options);
    if (rendered.error === 'TEMPLATE_ABORT') return { text: null, fault: null };
    if (rendered.error !== null) return { text: null, fault: rendered.message };
    parts.push(options.html ? asRead(rendered.text) : rendered.text);
  }
  return { text: oneLine(parts.join(' ')), fault: null };
}

function templatesOf(content: ChannelContent): readonly (readonly [template: string, options: RenderOptions])[] {
  switch (content.channel) {
    case 'email':
      return [
        [content.subject, PLAIN],
        [content.html, HTML],
      ];
    case 'onsite':
      return [[content.html, HTML]];
    case 'sms':
      return [[content.text, PLAIN]];
    case 'webhook':
      return [[content.body, { html: false, json: true }]];
    case 'task':
      return [content.title, content.action, content.why, content.avoid].map((template) => [template, PLAIN] as const);
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const CHARACTERS: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** HTML as a person reads it: the body's words. Good for comparing texts, not for making mail. */
const asRead = (html: string): string =>
  html
    .replaceAll(/<(head|style|script)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replaceAll(/<\/(?:p|h\d|li|td|tr|div)>|<br\b/gi, ' $&')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:amp|lt|gt|quot|nbsp|#39|#34);/g, (mark) => CHARACTERS[mark] ?? mark);

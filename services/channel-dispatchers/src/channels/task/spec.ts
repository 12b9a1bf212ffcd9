import type { ChannelContent } from '@kairos/decisions';
import type { ChannelSpec, Order, RenderTemplate, Task } from '../../ports.ts';
import { UnsendableError } from '../../ports.ts';

/** The staff's work-list. Idempotent by candidateId, so a call may be repeated. */
export const taskSpec: ChannelSpec = {
  name: 'task',
  concurrency: 8,
  timeoutMs: 10_000,
  retry: { maxAttempts: 50, firstDelayMs: 500, maxDelayMs: 60_000 },
};

export type TaskContent = Extract<ChannelContent, { readonly channel: 'task' }>;

/** What to do, why the customer would welcome it, what not to say, until when. */
export function renderTask({ message, content, view }: Order<TaskContent>, render: RenderTemplate): Task {
  const text = (template: string) => render(template, view, 'none').trim();
  const [, role] = /^staff:(.+)$/.exec(message.audience) ?? [];
  if (role === undefined) throw new UnsendableError('DATA_UNAVAILABLE', 'a task needs an audience staff:<role>');
  return {
    candidateId: message.candidateId,
    personId: message.personId,
    role,
    title: text(content.title),
    action: text(content.action),
    why: text(content.why),
    avoid: text(content.avoid),
    untilMs: message.expiresAtMs,
  };
}

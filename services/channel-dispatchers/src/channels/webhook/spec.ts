import { createHmac } from 'node:crypto';
import type { ChannelContent } from '@kairos/decisions';
import { type ChannelSpec, type Order, type RenderTemplate, UnsendableError } from '../../ports.ts';

/** A signed POST, as Standard Webhooks has it. The receiver recognises a repeat by `webhook-id`. */
export const webhookSpec: ChannelSpec = {
  name: 'webhook',
  concurrency: 16,
  timeoutMs: 10_000,
  retry: { maxAttempts: 20, firstDelayMs: 500, maxDelayMs: 300_000 },
};

export type WebhookContent = Extract<ChannelContent, { readonly channel: 'webhook' }>;

export interface RenderedWebhook {
  readonly url: URL;
  readonly body: string;
}

/** The body must be JSON after rendering; what is put in is escaped for the inside of its strings. */
export function renderWebhook({ content, view }: Order<WebhookContent>, render: RenderTemplate): RenderedWebhook {
  const url = URL.canParse(content.url) ? new URL(content.url) : undefined;
  if (url === undefined) throw new UnsendableError('TEMPLATE_ERROR', 'the webhook has no valid address');
  const body = render(content.body, view, 'json').trim();
  try {
    JSON.parse(body);
  } catch {
    throw new UnsendableError('TEMPLATE_ERROR', 'the rendered body is not JSON');
  }
  return { url, body };
}

const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);

/** Headers by Standard Webhooks: HMAC-SHA256 over id.timestamp.body, one signature per secret while they rotate. */
export function signatureHeaders(
  id: string,
  body: string,
  { secrets, nowMs }: { readonly secrets: readonly string[]; readonly nowMs: number },
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`,
  );
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

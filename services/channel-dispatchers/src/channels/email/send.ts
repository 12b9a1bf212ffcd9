import type { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import type { Answer, ChannelAdapter, ChannelSpec, Order, RenderTemplate } from '../../ports.ts';
import type { LinkMaker } from '../links.ts';
import { type EmailContent, emailSpec, type RenderedEmail, renderEmail } from './spec.ts';

interface EmailOptions {
  /** `smtp://user:password@host:port`, or smtps. */
  readonly smtpUrl: string;
  /** `Shop <no-reply@example.com>`. */
  readonly from: string;
  readonly render: RenderTemplate;
  readonly links: LinkMaker;
  /** Parts of the spec that a test or an operator sets otherwise. */
  readonly spec?: Partial<ChannelSpec>;
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** Streams of a message, by its Message-ID: whether a byte was read tells whether the provider may have the message. */
type Streams = Map<string, Readable[]>;

/** Sends over a pool of SMTP connections. nodemailer never repeats anything: only the ledger does. */
export function createEmailChannel(options: EmailOptions): ChannelAdapter {
  const spec: ChannelSpec = { ...emailSpec, ...options.spec };
  const streams: Streams = new Map();
  const transport = openTransport(options.smtpUrl, spec, streams);
  const domain = /@([^@>\s]+)>?\s*$/.exec(options.from)?.[1] ?? 'localhost';

  const send = async (candidateId: string, email: RenderedEmail, signal: AbortSignal): Promise<Answer> => {
    // The idempotency key: a repeat carries the same one, so the recipient's server can recognise it.
    const messageId = `<${candidateId}@${domain}>`;
    const mine: Readable[] = [];
    streams.set(messageId, mine);
    const ended = new AbortController();
    const mayHaveLeft = () => mine.some((stream) => stream.readableDidRead);
    const timedOut = new Promise<Answer>((resolve) => {
      signal.addEventListener('abort', () => resolve(interrupted(mayHaveLeft(), 'no answer in time')), {
        signal: ended.signal,
      });
    });
    const called = transport.sendMail({ ...partsOf(email, options.from), messageId, signal }).then(
      (info): Answer => ({ kind: 'accepted', providerId: info.messageId }),
      (error: SmtpError): Answer => answerOf(error, mayHaveLeft()),
    );
    try {
      return await Promise.race([called, timedOut]);
    } finally {
      // With a reason, or each mail would pay for an error with a stack that nobody reads.
      ended.abort('ended');
      streams.delete(messageId);
    }
  };

  return {
    spec,
    prepare(order) {
      const email = renderEmail(order as Order<EmailContent>, options);
      return { send: async (signal) => await send(order.message.candidateId, email, signal) };
    },
    async close() {
      transport.close();
    },
  };
}

/** A pool that repeats nothing, and remembers the stream of each message under way. */
function openTransport(smtpUrl: string, spec: ChannelSpec, streams: Streams) {
  const transport = createTransport({
    ...connectionOf(smtpUrl),
    pool: true,
    maxConnections: spec.concurrency,
    // Many servers let a new connection wait before they greet (to unmask spammers), so it is used for long.
    maxMessages: 1_000,
    maxRequeues: 0,
    connectionTimeout: Math.min(10_000, spec.timeoutMs),
    greetingTimeout: Math.min(10_000, spec.timeoutMs),
    socketTimeout: spec.timeoutMs,
    dnsTimeout: Math.min(10_000, spec.timeoutMs),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  transport.use('stream', (mail, done) => {
    const { message } = mail;
    const original = message.createReadStream.bind(message);
    message.createReadStream = (...args: Parameters<typeof original>) => {
      const stream = original(...args);
      streams.get(message.messageId())?.push(stream);
      return stream;
    };
    done();
  });
  return transport;
}

function connectionOf(smtpUrl: string) {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    ...(url.username === ''
      ? {}
      : { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
  };
}

function partsOf({ to, subject, html, text, unsubscribeUrl }: RenderedEmail, from: string) {
  const oneClick = {
    'List-Unsubscribe': { prepared: true, value: `<${unsubscribeUrl}>` },
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
  return {
    from,
    to: { name: '', address: to },
    subject,
    html,
    text,
    headers: { 'Auto-Submitted': 'auto-generated', ...(unsubscribeUrl === null ? {} : oneClick) },
  };
}

const interrupted = (mayHaveLeft: boolean, detail: string): Answer =>
  mayHaveLeft ? { kind: 'unclear', detail } : { kind: 'again', afterMs: null, detail };

/** Codes of refusals that are about this message; others are about the connection or our login, which an operator mends. */
const ABOUT_MESSAGE = new Set(['EENVELOPE', 'EMESSAGE']);

/** The server's words may quote the address, so only numbers and names go on. */
function answerOf({ code = 'ESMTP', responseCode, command = '' }: SmtpError, mayHaveLeft: boolean): Answer {
  const detail = `SMTP ${[responseCode, code, command.split(' ')[0]].filter(Boolean).join(' ')}`;
  if (responseCode !== undefined && ABOUT_MESSAGE.has(code)) {
    if (responseCode >= 500) return { kind: 'rejected', code: 'PROVIDER_REJECTED', detail };
    if (responseCode >= 400) return { kind: 'again', afterMs: null, detail };
  }
  return interrupted(mayHaveLeft, detail);
}

import { errors, KairosError } from '@kairos/contracts';
import { hashId, normalizeE164 } from '@kairos/decisions';
import type { FastifyInstance, FastifyReply, FastifyRequest } from '@kairos/service-kit';
import type { HomePost, Ledger } from '../ports.ts';
import { isSignedBy } from './sms-signature.ts';

export interface SmsRoutes {
  /** Where this service is reached from outside: part of what is signed. */
  readonly publicUrl: string;
  readonly authTokens: readonly string[];
  readonly ledger: Pick<Ledger, 'find' | 'lastTextsTo'>;
  readonly homePost: HomePost;
  nowMs(): number;
  /** There is news for the collector. */
  posted(): void;
  /** Somebody wrote to whom no text ever went: nobody can be named. */
  unknownSender(): void;
}

const MAX_BODY_BYTES = 65_536;
const MAX_REPLY_LENGTH = 1_600;
const STATUS_PATH = '/v1/sms/status';

/** What is worth telling; a status on the way (queued, sending) is not. */
const STATUS_EVENTS: ReadonlyMap<string, string> = new Map([
  ['sent', 'SMS Sent'],
  ['delivered', 'SMS Delivered'],
  ['undelivered', 'SMS Undelivered'],
  ['failed', 'SMS Failed'],
]);
/** The words by which carriers and Twilio end a subscription. */
const STOP = /^\s*(stop|stopall|unsubscribe|cancel|end|quit|optout|revoke)[\s.!]*$/i;

/** Where the gateway tells what became of a message. */
export const smsStatusUrl = (publicUrl: string, candidateId: string): string =>
  `${publicUrl.replace(/\/$/, '')}${STATUS_PATH}/${encodeURIComponent(candidateId)}`;

/** What the gateway tells us: what became of a text, and what somebody wrote back. Nothing unsigned is believed. */
export function addSmsRoutes(server: FastifyInstance, routes: SmsRoutes): void {
  server.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    scope.post<{ Params: { candidateId: string } }>(`${STATUS_PATH}/:candidateId`, async (request, reply) => {
      await keepStatus(request.params.candidateId, signedForm(request, routes), routes);
      return reply.code(204).send();
    });
    scope.post('/v1/sms/inbound', async (request, reply) => {
      await keepReply(signedForm(request, routes), routes);
      return asTwiml(reply).send('<Response/>');
    });
  });
}

/** An answer without words: the gateway sends nothing back to the phone. */
const asTwiml = (reply: FastifyReply): FastifyReply => reply.type('text/xml; charset=utf-8');

function signedForm(request: FastifyRequest, { publicUrl, authTokens }: SmsRoutes): URLSearchParams {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  const header = request.headers['x-twilio-signature'];
  const post = { url: `${publicUrl.replace(/\/$/, '')}${request.url}`, form, signature: String(header ?? '') };
  if (isSignedBy(post, authTokens)) return form;
  throw new KairosError('TOKEN_INVALID', errors.TOKEN_INVALID.sentence, { field: 'x-twilio-signature' });
}

async function keepStatus(candidateId: string, form: URLSearchParams, routes: SmsRoutes): Promise<void> {
  const status = form.get('MessageStatus') ?? form.get('SmsStatus') ?? '';
  const name = STATUS_EVENTS.get(status);
  if (name === undefined || (await routes.ledger.find(candidateId)) === undefined) return;
  const errorCode = form.get('ErrorCode');
  await routes.homePost.add({
    eventId: hashId('sms-status', candidateId, form.get('MessageSid') ?? '', status),
    name,
    candidateId,
    occurredAtMs: routes.nowMs(),
    properties: errorCode === null ? {} : { errorCode },
  });
  routes.posted();
}

async function keepReply(form: URLSearchParams, routes: SmsRoutes): Promise<void> {
  const { ledger, homePost, nowMs, posted, unknownSender } = routes;
  const phone = normalizeE164(form.get('From') ?? '');
  const texts = phone === null ? [] : await ledger.lastTextsTo(phone);
  const [last] = texts;
  if (last === undefined) return unknownSender();
  const sid = form.get('MessageSid') ?? '';
  const text = form.get('Body') ?? '';
  const occurredAtMs = nowMs();
  if (form.get('OptOutType') === 'STOP' || STOP.test(text)) {
    // Whoever shares the number: the phone has said no.
    for (const { candidateId } of texts) {
      await homePost.unsubscribe({
        eventId: hashId('unsubscribed', candidateId, sid),
        name: 'Unsubscribed',
        candidateId,
        occurredAtMs,
        properties: { channel: 'sms', purpose: 'marketing' },
      });
    }
  } else {
    const { candidateId } = last;
    const properties = { text: text.slice(0, MAX_REPLY_LENGTH) };
    const eventId = hashId('replied', candidateId, sid);
    await homePost.add({ eventId, name: 'Message Replied', candidateId, occurredAtMs, properties });
  }
  posted();
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerAddress, type SMTPServerSession } from 'smtp-server';

/** A recipient whose address starts with the prefix is refused with the code. */
export interface Refusal {
  readonly prefix: string;
  readonly code: number;
}

export interface MailboxOptions {
  readonly port: number;
  readonly host: string;
  /** Where the messages go, one `.eml` file each. */
  readonly dir: string;
  readonly refusals: readonly Refusal[];
  /** Part of the greeting, so that a client can tell whose mailbox it has met. */
  readonly greeting: string;
}

const ALWAYS_REFUSED: readonly Refusal[] = [
  { prefix: 'reject@', code: 550 },
  { prefix: 'tempfail@', code: 451 },
];

/** `MAILBOX_REFUSE="bounce@=550,slow@=451"`, added to what is always refused: `reject@` 550, `tempfail@` 451. */
export function parseRefusals(text: string | undefined): Refusal[] {
  const given = (text ?? '').split(',').filter((entry) => entry.trim() !== '');
  const parsed = given.map((entry) => {
    const [, prefix, code] = /^\s*([^=\s]+)=([45]\d\d)\s*$/.exec(entry) ?? [];
    if (prefix === undefined)
      throw new Error(`MAILBOX_REFUSE: "${entry}" is not like bounce@=550 (a code from 400 to 599)`);
    return { prefix: prefix.toLowerCase(), code: Number(code) };
  });
  return [...parsed, ...ALWAYS_REFUSED];
}

export function refusalOf(address: string, refusals: readonly Refusal[]): Refusal | undefined {
  return refusals.find(({ prefix }) => address.toLowerCase().startsWith(prefix));
}

/** Sorts by arrival: time first, then the number within this process, then chance. */
function fileName(nowMs: number, count: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:.]/g, '');
  return `${time}-${String(count).padStart(6, '0')}-${randomBytes(4).toString('hex')}.eml`;
}

const addressOf = (sender: SMTPServerAddress | false): string => (sender === false ? '' : sender.address);

/** The envelope as a delivering server writes it, before the message as it came. */
function envelopeHeaders(session: SMTPServerSession): string {
  const recipients = session.envelope.rcptTo.map(({ address }) => `Delivered-To: ${address}\r\n`);
  return `Return-Path: <${addressOf(session.envelope.mailFrom)}>\r\n${recipients.join('')}`;
}

class SmtpRefusal extends Error {
  readonly responseCode: number;
  constructor(code: number, message: string) {
    super(message);
    this.responseCode = code;
  }
}

/** Accepts mail for anybody from anybody and keeps every message as a file, whole from its first appearance. */
export function createMailbox(options: MailboxOptions): SMTPServer {
  mkdirSync(options.dir, { recursive: true });
  let count = 0;
  return new SMTPServer({
    banner: options.greeting,
    // Without STARTTLS: its certificate could only be self-signed, and clients would refuse it. AUTH: any will do.
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    hideSize: true,
    disableReverseLookup: true,
    closeTimeout: 2_000,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anybody' }),
    onRcptTo: ({ address }, _session, done) => {
      const refusal = refusalOf(address, options.refusals);
      if (refusal === undefined) return done();
      const kind = refusal.code < 500 ? '4.2.1 try again later' : '5.1.1 no such mailbox';
      return done(new SmtpRefusal(refusal.code, kind));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', (error) => done(error));
      stream.on('end', () => {
        count += 1;
        const name = fileName(Date.now(), count);
        const temporary = join(options.dir, `.${name}.tmp`);
        try {
          writeFileSync(temporary, Buffer.concat([Buffer.from(envelopeHeaders(session)), ...chunks]));
          renameSync(temporary, join(options.dir, name));
          done(null, `queued as ${name}`);
        } catch (error) {
          done(new SmtpRefusal(452, `cannot store: ${String(error)}`));
        }
      });
    },
  });
}

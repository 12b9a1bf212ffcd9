import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Behaviour } from './channel-contract.ts';

/** A real SMTP server that does as told. */
export class SmtpProvider {
  readonly mails: string[] = [];
  behaviour: Behaviour | 'reset-after-data' | 'busy-at-data' = 'accept';
  server: SMTPServer;
  port = 0;

  constructor() {
    this.server = this.#create();
  }

  #create(): SMTPServer {
    const refusal = (responseCode: number) => Object.assign(new Error('no, ada.secret@example.com'), { responseCode });
    return new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      disableReverseLookup: true,
      closeTimeout: 100,
      onRcptTo: (_address, _session, done) => {
        if (this.behaviour === 'refuse') return done(refusal(550));
        return this.behaviour === 'busy' ? done(refusal(451)) : done();
      },
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (this.behaviour === 'hang') return;
          if (this.behaviour === 'busy-at-data') return done(refusal(452));
          this.mails.push(Buffer.concat(chunks).toString());
          if (this.behaviour !== 'reset-after-data') return done();
          // It has the message, and nobody will ever hear so.
          const { connections } = this.server as unknown as { connections: Set<{ _socket: { destroy(): void } }> };
          for (const { _socket } of connections) _socket.destroy();
        });
      },
    });
  }

  async open(): Promise<void> {
    this.server = this.#create();
    this.server.on('error', () => {});
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

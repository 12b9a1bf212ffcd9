import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** Takes every mail and says when. */
export interface SmtpSink {
  readonly url: string;
  /** Who hears of each mail: the recipient, and when its last byte was here, by `performance.now()`. */
  onMail: (recipient: string, atMs: number) => void;
  close(): Promise<void>;
}

export const openSmtpSink = async (): Promise<SmtpSink> => {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    hideSize: true,
    onData: (stream, session, done) => {
      stream.resume();
      stream.on('end', () => {
        const atMs = performance.now();
        for (const { address } of session.envelope.rcptTo) sink.onMail(address, atMs);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.server.address() as AddressInfo;
  const sink: SmtpSink = {
    url: `smtp://127.0.0.1:${port}`,
    onMail: () => undefined,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
  return sink;
};

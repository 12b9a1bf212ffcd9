/**
 * The mailbox as a process: SMTP_PORT, SMTP_HOST (127.0.0.1), MAILBOX_DIR, MAILBOX_REFUSE. Ends on SIGTERM or SIGINT.
 */
import { createMailbox, parseRefusals } from './mailbox-server.ts';

const port = Number(process.env.SMTP_PORT ?? 1025);
const host = process.env.SMTP_HOST ?? '127.0.0.1';
const dir = process.env.MAILBOX_DIR ?? 'mailbox';

const server = createMailbox({
  port,
  host,
  dir,
  refusals: parseRefusals(process.env.MAILBOX_REFUSE),
  greeting: `kairos-mailbox ${process.pid}`,
});

server.on('error', (error) => {
  process.stderr.write(`${String(error)}\n`);
  // A client that hangs up is no reason to end; a port that cannot be had is.
  if ('syscall' in error && error.syscall === 'listen') process.exit(1);
});
server.listen(port, host, () => process.stdout.write(`mailbox on ${host}:${port}, messages in ${dir}\n`));

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 3_000).unref();
  });
}

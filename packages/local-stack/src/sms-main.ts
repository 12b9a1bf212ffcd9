/**
 * The SMS gateway as a process: SMS_PORT, SMS_HOST (127.0.0.1), SMS_DIR, SMS_ACCOUNT_SID, SMS_AUTH_TOKEN. Ends on SIGTERM
 * or SIGINT.
 */
import { createSmsGateway } from './sms-server.ts';

const port = Number(process.env.SMS_PORT ?? 1026);
const host = process.env.SMS_HOST ?? '127.0.0.1';
const dir = process.env.SMS_DIR ?? 'sms';
const accountSid = process.env.SMS_ACCOUNT_SID ?? '';
const authToken = process.env.SMS_AUTH_TOKEN ?? '';
if (accountSid === '' || authToken === '') {
  process.stderr.write('SMS_ACCOUNT_SID and SMS_AUTH_TOKEN are missing: they are what a sender must know\n');
  process.exit(78);
}

const server = createSmsGateway({ dir, accountSid, authToken, greeting: `kairos-sms ${process.pid}` });
server.on('error', (error) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
server.listen(port, host, () => process.stdout.write(`SMS gateway on ${host}:${port}, texts in ${dir}\n`));

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
    setTimeout(() => process.exit(0), 3_000).unref();
  });
}

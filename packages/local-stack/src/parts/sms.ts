import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { entryScript } from '../entry-scripts.ts';
import { loadOrCreateSecrets } from '../secrets.ts';
import { SMS_DIR_KEY } from '../types.ts';
import { launch, type NativePart } from './native-part.ts';

/** In the form of Twilio's; of an account that nobody has. */
const ACCOUNT_SID = `AC${'0'.repeat(32)}`;
/** The sender that Twilio's test accounts may use. */
const FROM = '+15005550006';

/** What answers at the address, whoever it is: a gateway of ours greets, another one says at least something. */
export async function smsAnswer(address: string): Promise<string> {
  const response = await fetch(new URL('/', address), { redirect: 'manual', signal: AbortSignal.timeout(2_000) });
  return await response.text();
}

export const smsPart: NativePart = {
  name: 'sms',
  async start(context) {
    const script = await entryScript('sms-main');
    const dir = join(context.paths.data, 'sms');
    mkdirSync(dir, { recursive: true });
    const account = {
      SMS_ACCOUNT_SID: ACCOUNT_SID,
      SMS_AUTH_TOKEN: loadOrCreateSecrets(context.paths.home).smsAuthToken,
    };
    return await launch({
      name: 'sms',
      context,
      stablePort: 11_026,
      why: 'no SMS_URL: a gateway of our own in Twilio’s HTTP form that keeps every text as a file',
      env: { ...account, SMS_FROM: FROM, [SMS_DIR_KEY]: dir },
      address: (port) => `http://127.0.0.1:${port}`,
      command: async (port) => ({
        command: process.execPath,
        args: [script],
        env: { ...account, SMS_PORT: String(port), SMS_HOST: '127.0.0.1', SMS_DIR: dir, NODE_OPTIONS: '' },
      }),
      isReady: async (port, child) =>
        (await smsAnswer(`http://127.0.0.1:${port}`)) === `kairos-sms ${child.identity.pid}`,
    });
  },
};

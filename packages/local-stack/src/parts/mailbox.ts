import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { entryScript } from '../entry-scripts.ts';
import { MAILBOX_DIR_KEY } from '../types.ts';
import { launch, type NativePart } from './native-part.ts';

/** The server's greeting line. */
export async function greetingAt(port: number, host = '127.0.0.1'): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    socket.setTimeout(2_000, () => socket.destroy(new Error('no greeting')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.end('QUIT\r\n');
      resolve(data.toString().trim());
    });
  });
}

export const mailboxPart: NativePart = {
  name: 'mailbox',
  async start(context) {
    const script = await entryScript('mailbox-main');
    const dir = join(context.paths.data, 'mailbox');
    mkdirSync(dir, { recursive: true });
    return await launch({
      name: 'mailbox',
      context,
      stablePort: 11_025,
      why: 'no SMTP_URL: an SMTP server of our own that keeps every message as a file',
      env: { [MAILBOX_DIR_KEY]: dir },
      address: (port) => `smtp://127.0.0.1:${port}`,
      command: async (port) => ({
        command: process.execPath,
        args: [script],
        env: {
          SMTP_PORT: String(port),
          SMTP_HOST: '127.0.0.1',
          MAILBOX_DIR: dir,
          MAILBOX_REFUSE: context.env.MAILBOX_REFUSE,
          NODE_OPTIONS: '',
        },
      }),
      isReady: async (port, child) => (await greetingAt(port)).endsWith(`kairos-mailbox ${child.identity.pid}`),
    });
  },
};

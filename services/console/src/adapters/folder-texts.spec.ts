import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Mail, Mailbox } from '../ports.ts';
import { FolderTexts, joined } from './folder-texts.ts';

const text = (over: object = {}) => ({
  sid: 'SM1',
  receivedAtMs: 1_000,
  from: '+15005550006',
  to: '+4917012345',
  body: 'Moin',
  status: 'queued',
  errorCode: null,
  ...over,
});

let folder: string;
const write = async (name: string, content: object) =>
  await writeFile(path.join(folder, 'box', name), JSON.stringify(content));
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-texts-'));
  await mkdir(path.join(folder, 'box'));
  await write('0001-a.json', text());
  await write('0002-b.json', text({ receivedAtMs: 3_000, body: 'x'.repeat(70) }));
  await write('0003-half.json.7.tmp', text());
  await writeFile(path.join(folder, 'secret.json'), JSON.stringify(text()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const texts = () => new FolderTexts(path.join(folder, 'box'));

describe('the folder of texts', () => {
  it('lists the latest first, by the beginning of what they say', async () => {
    expect(await texts().list(10)).toEqual([
      {
        id: '0002-b',
        kind: 'sms',
        receivedAtMs: 3_000,
        from: '+15005550006',
        to: '+4917012345',
        subject: `${'x'.repeat(60)}…`,
      },
      { id: '0001-a', kind: 'sms', receivedAtMs: 1_000, from: '+15005550006', to: '+4917012345', subject: 'Moin' },
    ]);
  });

  it('opens one with what became of it, as it stands now', async () => {
    const box = texts();
    expect((await box.read('0001-a'))?.headers).toContainEqual({ name: 'status', value: 'queued' });
    await write('0001-a.json', text({ status: 'undelivered', errorCode: '30003' }));
    expect((await box.read('0001-a'))?.headers).toEqual([
      { name: 'status', value: 'undelivered' },
      { name: 'error code', value: '30003' },
      { name: 'sid', value: 'SM1' },
    ]);
  });

  it.each(['../secret', '..%2fsecret', '/etc/passwd', '..', ''])(
    'opens nothing outside of its folder: %j',
    async (id) => expect(await texts().read(id)).toBeNull(),
  );
});

describe('mail and texts together', () => {
  const mail: Mail = { id: 'm', kind: 'mail', receivedAtMs: 2_000, from: 'a', to: 'b', subject: 's' };
  const mails: Mailbox = {
    list: async () => [mail],
    read: async (id) => (id === 'm' ? { ...mail, text: 't', html: null, headers: [] } : null),
  };

  it('are one list, latest first, and each is found', async () => {
    const box = joined([mails, texts(), null]);
    expect((await box?.list(2))?.map(({ id }) => id)).toEqual(['0002-b', 'm']);
    expect([(await box?.read('m'))?.kind, (await box?.read('0001-a'))?.kind]).toEqual(['mail', 'sms']);
    expect(await box?.read('neither')).toBeNull();
  });

  it('are none where the house has neither', () => {
    expect(joined([null, null])).toBeNull();
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FolderMailbox } from './folder-mailbox.ts';

const mail = (subject: string, body = 'Hello') =>
  `From: Shop <shop@example.com>\r\nTo: Ada <ada@example.com>\r\nSubject: ${subject}\r\nX-Test: yes\r\nContent-Type: text/plain\r\n\r\n${body}\r\n`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-mailbox-'));
  await mkdir(path.join(folder, 'box'));
  await writeFile(path.join(folder, 'box', '0001-a.eml'), mail('First'));
  await writeFile(path.join(folder, 'box', '0002-b.eml'), mail('Second'));
  await writeFile(path.join(folder, 'box', '0003-half.tmp'), mail('Not there yet'));
  await writeFile(path.join(folder, 'secret.eml'), mail('Secret'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const mailbox = () => new FolderMailbox(path.join(folder, 'box'));

describe('the mailbox folder', () => {
  it('lists the latest mail first, as many as were asked for, and nothing that is still being written', async () => {
    const subjects = async (limit: number) => (await mailbox().list(limit)).map(({ subject }) => subject);
    expect(await subjects(10)).toEqual(['Second', 'First']);
    expect(await subjects(1)).toEqual(['Second']);
  });

  it('opens one mail with its text and headers', async () => {
    const found = await mailbox().read('0001-a');
    expect(found).toMatchObject({ from: 'shop@example.com', to: 'ada@example.com', subject: 'First', html: null });
    expect(found?.text.trim()).toBe('Hello');
    expect(found?.headers).toContainEqual({ name: 'x-test', value: 'yes' });
  });

  it.each(['../secret', '..%2fsecret', '/etc/passwd', 'box/../../secret', '..', '0001-a\0', ''])(
    'opens nothing outside of its folder: %j',
    async (id) => {
      expect(await mailbox().read(id)).toBeNull();
    },
  );

  it('is empty where there is no folder, and knows no mail that is not there', async () => {
    const nowhere = new FolderMailbox(path.join(folder, 'nowhere'));
    expect(await nowhere.list(10)).toEqual([]);
    expect(await nowhere.read('0001-a')).toBeNull();
  });
});

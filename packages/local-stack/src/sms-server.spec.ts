import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { signatureOf } from './sms-callbacks.ts';
import { readSms } from './sms-messages.ts';
import { createSmsGateway } from './sms-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'kairos-sms-'));
const account = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'the token of the account' };
const gateway = createSmsGateway({ dir, ...account, greeting: 'hello' });
const told: { readonly path: string; readonly signature: unknown; readonly form: Record<string, string> }[] = [];
const house = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    const form = Object.fromEntries(new URLSearchParams(body));
    told.push({ path: request.url ?? '', signature: request.headers['x-twilio-signature'], form });
    response.writeHead(204).end();
  });
});

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const close = async (server: Server): Promise<void> => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
};
const until = async (check: () => boolean): Promise<void> => {
  for (let tries = 0; !check(); tries += 1) {
    if (tries > 200) throw new Error(`not within 2 s: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

let url = '';
let houseUrl = '';
beforeAll(async () => {
  url = await listen(gateway);
  houseUrl = await listen(house);
});
beforeEach(() => {
  told.length = 0;
});
afterAll(async () => {
  await close(gateway);
  await close(house);
  rmSync(dir, { recursive: true, force: true });
});

const send = async (fields: Record<string, string>, token = account.authToken) =>
  await fetch(`${url}/2010-04-01/Accounts/${account.accountSid}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${account.accountSid}:${token}`).toString('base64')}` },
    body: new URLSearchParams({ From: '+15005550006', Body: 'Moin', ...fields }),
    signal: AbortSignal.timeout(300),
  });
const codeOf = async (fields: Record<string, string>, token?: string) => {
  const response = await send(fields, token);
  const { code } = (await response.json()) as { code?: number };
  return `${response.status} ${code}`;
};

describe('the SMS gateway', () => {
  it('signs as the provider’s own documents show it', () => {
    const params = {
      To: '+18005551212',
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675309',
      Digits: '1234',
      From: '+14158675309',
    };
    const signature = signatureOf('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', params);
    expect(signature).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
  });

  it('accepts a text, keeps it as a file, and tells that it was sent and delivered', async () => {
    const response = await send({ To: '+4917012345', StatusCallback: `${houseUrl}/status/7?a=b` });
    expect(response.status).toBe(201);
    const { sid, status } = (await response.json()) as { sid: string; status: string };
    expect([/^SM[0-9a-f]{32}$/.test(sid), status]).toEqual([true, 'queued']);
    await until(() => told.length === 2);
    expect(told.map(({ form }) => form.MessageStatus)).toEqual(['sent', 'delivered']);
    for (const { path, signature, form } of told)
      expect(signature).toBe(signatureOf(account.authToken, `${houseUrl}${path}`, form));
    await until(() => readSms(dir)[0]?.status === 'delivered');
    expect(readSms(dir)).toMatchObject([{ sid, to: '+4917012345', from: '+15005550006', body: 'Moin' }]);
  });

  it('a number that gets nothing: undelivered with its code', async () => {
    await send({ To: '+15005550016', StatusCallback: `${houseUrl}/status/8` });
    await until(() => told.length === 2);
    expect(told[1]?.form).toMatchObject({ MessageStatus: 'undelivered', ErrorCode: '30003' });
  });

  it.each([
    [{ To: '' }, '400 21604'],
    [{ To: '0171 123' }, '400 21211'],
    [{ To: '+491711234567', Body: '' }, '400 21602'],
    [{ To: '+491711234567', From: '' }, '400 21603'],
    [{ To: '+491711234567', Body: 'a'.repeat(1_601) }, '400 21617'],
    [{ To: '+15005550004' }, '400 21610'],
    [{ To: '+15005550012' }, '429 20429'],
    [{ To: '+15005550013' }, '503 20503'],
    [{ To: '+15005550014' }, '500 20500'],
  ])('%j is %s', async (fields, expected) => expect(await codeOf(fields)).toBe(expected));

  it('refuses who does not know the account', async () => {
    expect(await codeOf({ To: '+491711234567' }, 'a guess')).toBe('401 20003');
  });

  it('hangs, or takes the text and breaks off, at the numbers for it', async () => {
    const before = readSms(dir).length;
    await expect(send({ To: '+15005550011' })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(readSms(dir)).toHaveLength(before);
    await expect(send({ To: '+15005550015' })).rejects.toThrow();
    expect(readSms(dir)).toHaveLength(before + 1);
  });

  it('can be told how to behave to everybody', async () => {
    const control = async (Behaviour: string) =>
      (await fetch(`${url}/control/behaviour`, { method: 'POST', body: new URLSearchParams({ Behaviour }) })).status;
    expect(await control('busy')).toBe(200);
    expect(await codeOf({ To: '+491711234567' })).toBe('429 20429');
    expect(await control('nonsense')).toBe(400);
    expect(await control('accept')).toBe(200);
    expect((await send({ To: '+491711234567' })).status).toBe(201);
  });

  it('hands a reply, signed, to the house that wrote to the number last', async () => {
    await send({ To: '+4917099999', StatusCallback: `${houseUrl}/v1/sms/status/c-9` });
    await until(() => told.length === 2);
    const reply = new URLSearchParams({ From: '+4917099999', Body: 'STOP' });
    const answer = await fetch(`${url}/control/replies`, { method: 'POST', body: reply });
    expect(await answer.json()).toEqual({ url: `${houseUrl}/v1/sms/inbound`, status: 204 });
    expect(told[2]).toMatchObject({ path: '/v1/sms/inbound', form: { From: '+4917099999', Body: 'STOP' } });
    expect(told[2]?.signature).toBe(signatureOf(account.authToken, `${houseUrl}/v1/sms/inbound`, told[2]?.form ?? {}));
  });
});

import { describe, expect, it } from '@jest/globals';
import { collect } from './core.ts';
import { basic, httpRig, serverKey, track } from './http-rig.fixture.ts';

const { start, post, close } = httpRig(collect);

describe('browsers', () => {
  it('may ask first from any page, without credentials, and need not ask again for a day', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/track`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
    expect(response.headers.get('access-control-max-age')).toBe('86400');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('can read the answer, also a refusal', async () => {
    await start();
    const answer = await post('/v1/track', {}, { ...serverKey, origin: 'https://shop.example' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, '*']);
  });

  it('send beacons: text/plain with the key in the body', async () => {
    const { log } = await start();
    const body = { ...track, anonymousId: 'a', writeKey: 'browser-key' };
    expect((await post('/v1/t', body, { 'content-type': 'text/plain;charset=UTF-8' })).status).toBe(200);
    expect(log.events[0]?.event.sourceKind).toBe('browser');
  });

  it('find their settings, which point back here', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/v1/projects/browser-key/settings`);
    const { integrations } = (await response.json()) as { integrations: Record<string, unknown> };
    expect(integrations['Segment.io']).toMatchObject({
      apiKey: 'browser-key',
      apiHost: `${new URL(url).host}/v1`,
      protocol: 'http',
    });
  });

  it.each([
    ['an unknown key', 'nobody', 401],
    ['a server key', 'server-key', 403],
  ])('get no settings for %s', async (_, key, status) => {
    const { url } = await start();
    expect((await fetch(`${url}/v1/projects/${key}/settings`)).status).toBe(status);
  });

  it('X-Forwarded-For is believed from a listed proxy only', async () => {
    const ipOf = async (trustProxy?: string[]) => {
      const { log } = await start(trustProxy === undefined ? {} : { trustProxy });
      const headers = { authorization: basic('browser-key'), 'x-forwarded-for': '198.51.100.9' };
      await post('/v1/track', track, headers);
      await close();
      return (JSON.parse(log.events[0]?.event.context ?? '') as { ip: string }).ip;
    };
    expect(await ipOf()).toBe('127.0.0.1');
    expect(await ipOf(['10.0.0.0/8'])).toBe('127.0.0.1');
    expect(await ipOf(['127.0.0.1'])).toBe('198.51.100.9');
  });
});

import { describe, expect, it } from '@jest/globals';
import { collect } from './core.ts';
import { basic, httpRig, track } from './http-rig.fixture.ts';

const { start, post } = httpRig(collect);

describe('paths', () => {
  it.each([
    ['track', track, 'Order Completed'],
    ['identify', { userId: 'u' }, 'Identified'],
    ['page', { userId: 'u' }, 'Page Viewed'],
    ['screen', { userId: 'u' }, 'Screen Viewed'],
    ['group', { userId: 'u', groupId: 'g' }, 'Group Joined'],
    ['alias', { userId: 'u', previousId: 'p' }, 'Alias Made'],
    ['batch', { batch: [{ type: 'track', ...track }] }, 'Order Completed'],
  ])('%s is taken under its long and its short path', async (type, body, name) => {
    const { log } = await start();
    for (const path of [`/v1/${type}`, `/v1/${type.slice(0, 1)}`]) {
      const { status, text } = await post(path, body);
      expect([status, text]).toEqual([200, '{"success":true}']);
    }
    expect(log.events.map(({ event }) => event.name)).toEqual([name, name]);
  });
});

describe('write keys', () => {
  it.each<[string, string, Record<string, string>, object]>([
    ['Basic', '/v1/track', { authorization: basic('server-key') }, {}],
    ['Bearer', '/v1/track', { authorization: 'Bearer server-key' }, {}],
    ['X-Write-Key', '/v1/track', { 'x-write-key': 'server-key' }, {}],
    ['the body', '/v1/track', {}, { writeKey: 'server-key' }],
    ['the query', '/v1/track?writeKey=server-key', {}, {}],
  ])('are found in %s', async (_, path, headers, more) => {
    const { log } = await start();
    expect((await post(path, { ...track, ...more }, headers)).status).toBe(200);
    expect(log.events[0]?.event).toMatchObject({ source: 'shop', sourceKind: 'server' });
  });

  it.each<[string, Record<string, string>, object]>([
    ['missing', {}, {}],
    ['unknown', { authorization: basic('nobody') }, {}],
    ['unknown in the body', {}, { writeKey: 'nobody' }],
    ['no text', {}, { writeKey: 3 }],
  ])('that are %s are answered 401, and nothing is kept', async (_, headers, more) => {
    const { log } = await start();
    const { status, json } = await post('/v1/track', { ...track, ...more }, headers);
    expect([status, json.code, json.field]).toEqual([401, 'WRITE_KEY_UNKNOWN', 'writeKey']);
    expect([log.events, log.dead]).toEqual([[], []]);
  });

  it('of one site are not for the pages of another', async () => {
    await start();
    const headers = { authorization: basic('partner-key') };
    const answer = await post('/v1/track', track, { ...headers, origin: 'https://evil.example' });
    expect([answer.status, answer.json.code]).toEqual([403, 'NOT_ALLOWED_FOR_KEY']);
    expect((await post('/v1/track', track, { ...headers, origin: 'https://partner.example' })).status).toBe(200);
  });
});

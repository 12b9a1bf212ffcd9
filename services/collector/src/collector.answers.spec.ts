import { describe, expect, it } from '@jest/globals';
import { RetryLaterError } from '@kairos/service-kit';
import { memoryQuota } from './adapters/memory-quota.ts';
import { collect } from './core.ts';
import { basic, httpRig, track } from './http-rig.fixture.ts';

const { start, post } = httpRig(collect);

describe('answers', () => {
  it('one bad event does not take the others with it; it is kept with its reason', async () => {
    const { log } = await start();
    const batch = [
      { type: 'track', ...track },
      { type: 'track', userId: 'u' },
    ];
    const { status, json } = await post('/v1/batch', { batch });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      success: true,
      accepted: 1,
      rejectedCount: 1,
      rejected: [{ index: 1, code: 'FIELD_MISSING', field: 'batch[1].event' }],
    });
    expect(log.events).toHaveLength(1);
    expect(log.dead).toMatchObject([{ original: batch[1], code: 'FIELD_MISSING', sourceId: 'shop' }]);
  });

  it('when nothing was good the answer is 400 with code, message and field, and everything is kept', async () => {
    const { log } = await start();
    const { status, json } = await post('/v1/batch', { batch: [{ type: 'track' }, 3] });
    expect(status).toBe(400);
    expect(json).toMatchObject({
      success: false,
      code: 'FIELD_MISSING',
      field: 'batch[0].event',
      accepted: 0,
      rejectedCount: 2,
    });
    expect(log.dead).toHaveLength(2);
  });

  it('a too large single event is 413', async () => {
    await start();
    const { status, json } = await post('/v1/track', { ...track, properties: { a: 'x'.repeat(300_000) } });
    expect([status, json.code]).toEqual([413, 'EVENT_TOO_LARGE']);
  });

  it('lists at most 100 refusals and counts all', async () => {
    await start();
    const { json } = await post('/v1/batch', { batch: new Array(150).fill(null) });
    expect([(json.rejected as unknown[]).length, json.rejectedCount]).toEqual([100, 150]);
  });

  it('when the log is away: 503 with Retry-After, never success', async () => {
    const { log, refusals } = await start();
    log.failWith = new RetryLaterError('BROKER_UNAVAILABLE', 'away', 2_000);
    const { status, json, headers } = await post('/v1/track', track);
    expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'BROKER_UNAVAILABLE', '2']);
    expect(refusals).toEqual(['BROKER_UNAVAILABLE']);
    log.failWith = undefined;
    expect((await post('/v1/track', track)).status).toBe(200);
  });

  it('a fault of ours is 500, and says nothing', async () => {
    const { log } = await start();
    log.failWith = new Error('secret detail');
    const { status, text } = await post('/v1/track', track);
    expect(status).toBe(500);
    expect(text).not.toContain('secret');
  });

  it('a flood of one key is 429 with Retry-After; another key goes on', async () => {
    let now = 0;
    await start({ parts: { quota: memoryQuota({ perSecond: 10, burst: 20, nowMs: () => now }) } });
    const batch = { batch: new Array(35).fill({ type: 'track', ...track }) };
    expect((await post('/v1/batch', batch)).status).toBe(200);
    const { status, json, headers } = await post('/v1/track', track);
    expect([status, json.code, headers.get('retry-after')]).toEqual([429, 'TOO_MANY_REQUESTS', '2']);
    expect((await post('/v1/track', track, { authorization: basic('browser-key') })).status).toBe(200);
    now += 1_700;
    expect((await post('/v1/track', track)).status).toBe(200);
  });
});

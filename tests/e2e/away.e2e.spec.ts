import { describe, expect, it } from '@jest/globals';
import { eventually, readHouse, secretsOf, sendCall, timelineOf, unique } from './kit/house.ts';
import { startLoneService } from './kit/lone-service.ts';
import { throughDoor } from './kit/tcp-door.ts';

// Redis away from arbitration and Postgres away from the channels have tests in those rooms.

const statusOf = async (url: string): Promise<number> => (await fetch(url).catch(() => ({ status: 0 }))).status;

describe('the schema registry is away at the start', () => {
  it('the collector opens, answers 503 with Retry-After, and takes events as soon as the registry is there', async () => {
    const { door, address } = await throughDoor(readHouse().registry ?? '');
    door.shut();
    const key = secretsOf().writeKeys.server;
    const keys = JSON.stringify([{ sourceId: 'server', kind: 'server', key }]);
    const collector = await startLoneService('collector', { SCHEMA_REGISTRY_URL: address, COLLECTOR_WRITE_KEYS: keys });
    const userId = unique('before-the-registry');
    const send = (event: string) =>
      fetch(`${collector.url}/v1/track`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
        body: JSON.stringify({ userId, event }),
      });
    try {
      await eventually('the door of the collector', async () => (await statusOf(`${collector.url}/livez`)) === 200);
      const refused = await send('Too Early');
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
      expect(await refused.json()).toMatchObject({ success: false, code: 'BROKER_UNAVAILABLE' });
      expect(await statusOf(`${collector.url}/readyz`)).toBe(503);
      await eventually('a word about the schema', async () =>
        collector.output().includes('could not be registered, trying again'),
      );
      door.open();
      await eventually('readiness', async () => (await statusOf(`${collector.url}/readyz`)) === 200);
      expect((await send('In Time')).status).toBe(200);
      const titles = await eventually('the event', async () => {
        const found = (await timelineOf(`user:${userId}`)).map(({ title }) => title);
        return found.length > 0 && found;
      });
      // What was refused was refused: it did not come in behind the client's back.
      expect(titles).toEqual(['In Time']);
    } finally {
      await collector.stop();
      await door.close();
    }
  }, 120_000);
});

describe('Postgres is away from metrics in mid-run', () => {
  it('its partitions wait, it says why, and afterwards every event is counted once', async () => {
    const { door, address } = await throughDoor(readHouse().postgres ?? '');
    const metrics = await startLoneService('metrics', { DATABASE_URL: address, API_TOKEN: secretsOf().apiToken });
    const people = Array.from({ length: 40 }, () => unique('counted'));
    const everybodyDoes = (event: string) =>
      sendCall('batch', { batch: people.map((userId) => ({ type: 'track', userId, event })) });
    const titlesOf = async (userId: string) => (await timelineOf(`user:${userId}`)).map(({ title }) => title).sort();
    const untilAllHave = (titles: readonly string[]) =>
      eventually(
        titles.join(' and '),
        async () => {
          for (const userId of people) if ((await titlesOf(userId)).length < titles.length) return false;
          return true;
        },
        60_000,
      );
    try {
      await eventually('readiness', async () => (await statusOf(`${metrics.url}/readyz`)) === 200, 60_000);
      await everybodyDoes('Before');
      await untilAllHave(['Before']);
      door.shut();
      await everybodyDoes('During');
      await eventually('a reason', async () => {
        const response = await fetch(`${metrics.url}/readyz`);
        return response.status === 503 && (await response.text()).includes('reasons');
      });
      door.open();
      await everybodyDoes('After');
      await untilAllHave(['After', 'Before', 'During']);
      for (const userId of people) expect(await titlesOf(userId)).toEqual(['After', 'Before', 'During']);
      await eventually('readiness again', async () => (await statusOf(`${metrics.url}/readyz`)) === 200);
    } finally {
      door.open();
      await metrics.stop();
      await door.close();
    }
  }, 180_000);
});

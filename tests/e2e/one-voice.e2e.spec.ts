import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, kairos, repository, sendCall, timelineOf, unique } from './kit/house.ts';

// Two triggers on the same event, a cap of one: what an arbiter is for.
const playbook = `
kind: Company
id: company
description: One voice
owner: e2e@example.com
name: One Voice
zone: Europe/London
currency: GBP
collectFor: { marketing: 1s, service: 0s }
salt: one-voice
---
kind: Source
id: server
description: Server
owner: e2e@example.com
type: server
assumeConsent: [email, onsite]
---
kind: ContactRule
id: one-a-week
description: One marketing message a week
owner: e2e@example.com
scope: { purpose: marketing }
limit: 1
window: { rolling: 7d }
onBreach: defer
---
kind: Trigger
id: loud
description: The important one
owner: e2e@example.com
status: live
purpose: marketing
when: { did: Plan Viewed }
reentry: always
expiresAfter: 30d
priority: 90
send: loud-mail
---
kind: Trigger
id: quiet
description: The less important one
owner: e2e@example.com
status: live
purpose: marketing
when: { did: Plan Viewed }
reentry: always
expiresAfter: 30d
priority: 10
send: quiet-mail
---
kind: Message
id: loud-mail
description: Loud
owner: e2e@example.com
purpose: marketing
channels: { email: { subject: Loud, body: "<p>Loud</p>" } }
---
kind: Message
id: quiet-mail
description: Quiet
owner: e2e@example.com
purpose: marketing
channels: { email: { subject: Quiet, body: "<p>Quiet</p>" } }
`;

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'kairos-one-voice-'));
  await writeFile(path.join(folder, 'playbook.yaml'), playbook);
  const published = await kairos(['playbook', 'publish', folder]);
  expect(published).toMatchObject({ code: 0 });
  // Live everywhere within 5 s: a stranger's event is decided by the new rules.
  const publishedMs = Date.now();
  await eventually('the playbook to be live', async () => {
    const stranger = unique('probe');
    await sendCall('track', { userId: stranger, event: 'Plan Viewed' });
    await delay(1_000);
    return (await timelineOf(`user:${stranger}`)).some((entry) => entry.kind === 'trigger');
  });
  process.stdout.write(`published playbook in effect after ${((Date.now() - publishedMs) / 1000).toFixed(1)} s\n`);
}, 60_000);

afterAll(async () => {
  await kairos(['playbook', 'publish', path.join(repository, 'playbook'), '--time-scale', '60']);
}, 60_000);

const arrives = async (userId: string): Promise<void> => {
  const answer = await sendCall('identify', { userId, traits: { email: `${userId}@example.com`, firstName: 'Vera' } });
  expect(answer.status).toBe(200);
};

const decisionsOf = async (userId: string) =>
  (await timelineOf(`user:${userId}`)).filter((entry) => entry.kind === 'decision');

describe('one voice per person', () => {
  it('chooses the higher priority under a cap of one, and names the winner in the other’s decision', async () => {
    const userId = unique('voice');
    await arrives(userId);
    await sendCall('track', { userId, event: 'Plan Viewed' });
    const decisions = await eventually('both decisions', async () => {
      const found = await decisionsOf(userId);
      return found.length >= 2 && found;
    });
    const first = (title: string) => decisions.find((entry) => entry.title === title);
    expect(first('loud-mail')?.body).toMatchObject({ fate: 'chosen' });
    const loser = first('quiet-mail');
    expect(loser?.body['fate']).toBe('deferred');
    expect(['CAP_REACHED', 'OUTRANKED']).toContain(loser?.body['code']);
    expect(loser?.body['numbers']).toMatchObject({ rule: 'one-a-week', winner: 'loud' });

    const explained = await kairos(['explain', `user:${userId}`]);
    expect(explained.stdout).toContain('loud');
    expect(explained.stdout).toMatch(/quiet-mail {2}deferred (CAP_REACHED|OUTRANKED)/);
  }, 60_000);

  it('lets an unsubscribe that came just before win over a message', async () => {
    const userId = unique('leaver');
    await arrives(userId);
    await sendCall('batch', {
      batch: [
        { type: 'track', userId, event: 'Unsubscribed', properties: { channel: 'email', purpose: 'marketing' } },
        { type: 'track', userId, event: 'Plan Viewed' },
      ],
    });
    const decisions = await eventually('the decisions', async () => {
      const found = await decisionsOf(userId);
      return found.length >= 2 && found;
    });
    for (const decision of decisions) expect(decision.body).toMatchObject({ fate: 'dropped', code: 'NO_CONSENT' });
    expect(decisions[0]?.why).toContain('no consent for marketing by email');
  }, 60_000);
});

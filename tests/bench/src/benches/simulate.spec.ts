import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { expectedFirings } from './detector/oracle.ts';
import { type ShopSize, timeOf } from './detector/shop.ts';
import { writeHistory } from './simulate/history.ts';
import { works } from './simulate/works.ts';

const size: ShopSize = { events: 4_000, customers: 400 };

it('a rehearsal of the shop’s day fires what the oracle says, of every event and person that there is', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'kairos-bench-')), 'history.ndjson');
  await writeHistory(file, size);
  const untilMs = timeOf(size.events - 1, size);
  const told = await works.rehearseFile.run({ file, playbook: 'cart-left', untilMs });
  expect(told).toMatchObject({
    events: size.events,
    persons: 400,
    fired: expectedFirings(size, { atOwnMoment: true }).count,
  });
  const starter = await works.rehearseFile.run({ file, playbook: 'starter', untilMs });
  expect(starter.fired).toBeGreaterThan(told.fired);
});

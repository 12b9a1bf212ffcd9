import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { eventually, kairos, repository, sendCall, timelineOf, unique } from './house.ts';

const starter = path.join(repository, 'playbook');

/**
 * Publishes the starter playbook with changes, as a marketer makes them, and waits until it is in effect. `change` gets
 * each definition file's name and text.
 */
export async function publishRecipes(options: {
  readonly timeScale: number;
  change(file: string, text: string): string;
}): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kairos-recipes-'));
  for (const file of await readdir(starter)) {
    const text = await readFile(path.join(starter, file), 'utf8');
    await writeFile(path.join(folder, file), file.endsWith('.yaml') ? options.change(file, text) : text);
  }
  // Only the probe of this very publication tells that it is in effect.
  const probe = unique('probe');
  const rule = `kind: Trigger\nid: ${probe}\ndescription: In effect\nowner: e2e@example.com\nstatus: live\npurpose: service\nwhen: { did: Probe Sent }\n`;
  await writeFile(path.join(folder, 'probe.yaml'), rule);
  const published = await kairos(['playbook', 'publish', folder, '--time-scale', String(options.timeScale)]);
  expect(published).toMatchObject({ code: 0 });
  await eventually('the recipes to be in effect', async () => {
    const stranger = unique('probe');
    await sendCall('track', { userId: stranger, event: 'Probe Sent' });
    await delay(700);
    return (await timelineOf(`user:${stranger}`)).some((entry) => entry.kind === 'trigger' && entry.title === probe);
  });
}

/** The starter playbook as all other tests expect it. */
export async function publishStarter(): Promise<void> {
  await kairos(['playbook', 'publish', starter, '--time-scale', '60']);
}

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { EnrichedRecord, TriggerDetected } from '@kairos/contracts';
import { partitionOf } from '@kairos/stream-kit';
import { eventually, kairos, openLog, repository, sendCall, unique } from './kit/house.ts';
import { startLoneService } from './kit/lone-service.ts';

const GROUP = 'trigger-detector.detect';
const TOPIC = 'events.enriched';
const LIVE_WITHIN_MS = 5_000;

/** Sends nothing: that it fired is told, with the playbook under which it did. */
const probe = (event: string, edition: number): string => `kind: Trigger
id: switch-probe
description: Edition ${edition}
owner: e2e@example.com
status: live
purpose: service
when: { did: ${event} }
reentry: always
`;

interface Fact {
  readonly partition: number;
  /** Of the event that it comes from. */
  readonly at: number;
  readonly version: string;
  readonly logTimeMs: number;
}

let folder: string;
let log: Awaited<ReturnType<typeof openLog>>;
/** Read from here on. */
const open: (() => Promise<unknown>)[] = [];
const facts: Fact[] = [];
/** Playbook by partition and offset of its marker. */
const markers: { readonly partition: number; readonly at: number; readonly version: string }[] = [];
const event = unique('Probe Sent');

const publish = async (): Promise<{ readonly version: string; readonly logTimeMs: number }> => {
  // The house of the tests runs at this scale; nothing else of its playbook changes.
  const result = await kairos(['playbook', 'publish', folder, '--time-scale', '60', '--json']);
  expect([result.code, result.stderr]).toEqual([0, '']);
  const { version } = JSON.parse(result.stdout) as { version: string };
  const logTimeMs = await eventually('the activation on the log', async () => {
    let found: number | undefined;
    const reader = await log.kafka.read({
      topic: 'playbook.published',
      partitions: [0],
      onRecords: async (records) => {
        for (const { value, logTimeMs: atMs } of records) {
          const { activation } =
            value === null ? { activation: null } : await log.serde.decode('playbook.published', value);
          if (activation?.version === version) found = atMs;
        }
      },
    });
    await reader.done;
    return found;
  });
  return { version, logTimeMs };
};

const follow = async <T>(
  topic: 'triggers.detected' | 'events.enriched',
  take: (value: T, about: { partition: number; offset: number; logTimeMs: number }) => void,
): Promise<void> => {
  const ends = await log.kafka.offsets(topic);
  const reader = await log.kafka.read({
    topic,
    partitions: [...ends.keys()],
    from: new Map([...ends].map(([partition, { end }]) => [partition, end])),
    follow: true,
    onRecords: async (records) => {
      for (const { value, partition, offset, logTimeMs } of records) {
        if (value !== null) take((await log.serde.decode(topic, value)) as T, { partition, offset, logTimeMs });
      }
    },
  });
  open.push(() => reader.close());
};

/** Five people for each partition: of sixty by chance, in one run of fifteen, none would be on one of the twelve. */
const peopleOfEach = (partitions: number): string[] => {
  const wanted = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 5]));
  const people: string[] = [];
  while (people.length < 5 * partitions) {
    const userId = unique('switched');
    const partition = partitionOf(`user:${userId}`, partitions);
    const left = wanted.get(partition) ?? 0;
    if (left === 0) continue;
    wanted.set(partition, left - 1);
    people.push(userId);
  }
  return people;
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-switch-'));
  await cp(path.join(repository, 'playbook'), folder, { recursive: true });
  log = await openLog();
  open.push(() => log.close());
}, 60_000);

afterAll(async () => {
  await kairos(['playbook', 'publish', path.join(repository, 'playbook'), '--time-scale', '60']);
  for (const close of open.reverse()) await close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

it('a change of the playbook is live in both detectors within 5 s, and in each partition from one offset on', async () => {
  const second = await startLoneService('trigger-detector', { KAIROS_STATE_DIR: path.join(folder, 'state') });
  open.push(() => second.stop());
  const partitions = await log.kafka.partitionCount(TOPIC);
  const shared = await eventually(
    'two detectors that share the partitions',
    async () => {
      const members = (await log.kafka.groupMembers(GROUP)).map((member) => member.partitions.length);
      return members.length === 2 && members.every((count) => count > 0) && members;
    },
    60_000,
  );
  expect(shared.reduce((sum, count) => sum + count, 0)).toBe(partitions);
  await follow<TriggerDetected>('triggers.detected', ({ triggerId, origin, playbookVersion }, { logTimeMs }) => {
    if (triggerId !== 'switch-probe' || origin === null) return;
    facts.push({ partition: origin.partition, at: origin.offset, version: playbookVersion, logTimeMs });
  });
  await follow<EnrichedRecord>('events.enriched', ({ marker }, { partition, offset }) => {
    if (marker !== null) markers.push({ partition, at: offset, version: marker.version });
  });

  let isOver = false;
  const people = peopleOfEach(partitions);
  const sending = (async () => {
    for (let round = 0; !isOver; round += 1) {
      const batch = people.map((userId) => ({ type: 'track', userId, event, messageId: `${userId}-${round}` }));
      expect((await sendCall('batch', { batch })).status).toBe(200);
      await delay(100);
    }
  })();
  const untilAllDecideBy = (version: string): Promise<true> =>
    eventually(
      `every partition under ${version}`,
      async () =>
        new Set(facts.filter((fact) => fact.version === version).map(({ partition }) => partition)).size ===
          partitions && true,
      60_000,
    );
  try {
    const published: { readonly version: string; readonly logTimeMs: number }[] = [];
    for (const edition of [1, 2]) {
      await writeFile(path.join(folder, 'switch-probe.yaml'), probe(event, edition));
      const one = await publish();
      published.push(one);
      await untilAllDecideBy(one.version);
    }
    const [before, after] = published;
    for (let partition = 0; partition < partitions; partition += 1) {
      const here = facts.filter((fact) => fact.partition === partition).sort((a, b) => a.at - b.at);
      const first = here.findIndex(({ version }) => version === after?.version);
      // Once in the order of the log, and never back.
      expect(new Set(here.slice(0, first).map(({ version }) => version))).toEqual(new Set([before?.version]));
      expect(new Set(here.slice(first).map(({ version }) => version))).toEqual(new Set([after?.version]));
      // The offset is the marker's, told in the log itself.
      const at = markers.find((one) => one.partition === partition && one.version === after?.version)?.at ?? -1;
      expect(here[first - 1]?.at ?? Number.POSITIVE_INFINITY).toBeLessThan(at);
      expect(here[first]?.at ?? -1).toBeGreaterThan(at);
      const tookMs = (here[first]?.logTimeMs ?? Number.POSITIVE_INFINITY) - (after?.logTimeMs ?? 0);
      expect(tookMs).toBeLessThanOrEqual(LIVE_WITHIN_MS);
    }
  } finally {
    isOver = true;
    await sending;
  }
}, 240_000);

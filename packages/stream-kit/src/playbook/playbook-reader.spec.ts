import { describe, expect, it } from '@jest/globals';
import type { PlaybookRecord } from '@kairos/contracts';
import { until } from '../kafka/port-kit.fixture.ts';
import { createWalkTopics } from '../kafka/walk-topics.ts';
import { type MemoryKafka, memoryKafka } from '../memory/memory-kafka.ts';
import { memorySerde } from '../serde/memory-serde.ts';
import { startPlaybookReader } from './playbook-reader.ts';

const serde = memorySerde();
const definition = (id: string, version: string): PlaybookRecord => ({
  definition: { kind: 'Trigger', id, version, body: JSON.stringify({ id, version }) },
  activation: null,
});
const activation = (version: string, ...definitions: string[]): PlaybookRecord => ({
  definition: null,
  activation: { version, definitions, timeScale: 1, publishedAtMs: 1, publishedBy: 'test' },
});
const activationAt = (publishedAtMs: number, ...definitions: string[]): PlaybookRecord => ({
  definition: null,
  activation: { version: `at-${publishedAtMs}`, definitions, timeScale: 1, publishedAtMs, publishedBy: 'test' },
});

const publish = async (kafka: MemoryKafka, ...records: readonly PlaybookRecord[]): Promise<void> => {
  const producer = await kafka.producer();
  await producer.send(
    records.map((record) => ({
      topic: 'playbook.published',
      key: 'k',
      value: serde.encode('playbook.published', record),
    })),
  );
};

const idsOf = (bodies: readonly unknown[]): string => bodies.map((one) => (one as { id: string }).id).join(' ');
const bodiesOf = (earlier: readonly { readonly body: unknown }[]): readonly unknown[] =>
  earlier.map(({ body }) => body);
const compile = (published: { version: string; definitions: readonly unknown[] }): string =>
  `${published.version}: ${idsOf(published.definitions)}`;

describe('a playbook reader', () => {
  it('tells whoever compiles what was published before and is not named any more', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 1 });
    await publish(kafka, definition('cart', 'a'), definition('win', 'b'));
    await publish(kafka, activation('v1', 'Trigger/cart@a'), activation('v2', 'Trigger/win@b'));
    const earlier: string[] = [];
    const errors: Error[] = [];
    const reader = await startPlaybookReader({
      kafka,
      serde,
      compile: (published) => earlier.push(`${published.version}: ${idsOf(bodiesOf(published.earlier))}`),
      fail: (error) => errors.push(error),
    });
    await reader.close();
    expect(earlier).toEqual(['v1: win', 'v2: cart']);
    expect(errors).toEqual([]);
  });

  it('tells for how long what was published before has been replaced, the same after a restart as when it was published', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 1 });
    const errors: Error[] = [];
    const open = async (told: string[]) =>
      await startPlaybookReader({
        kafka,
        serde,
        compile: ({ version, earlier }) =>
          told.push(`${version}: ${earlier.map((one) => `${idsOf([one.body])} ${one.replacedForMs}`).join(', ')}`),
        fail: (error) => errors.push(error),
      });
    await publish(kafka, definition('cart', 'a'), definition('win', 'b'), activationAt(100, 'Trigger/cart@a'));
    const [live, later]: [string[], string[]] = [[], []];
    const first = await open(live);
    await publish(kafka, activationAt(400, 'Trigger/win@b'), activationAt(600, 'Trigger/win@b'));
    // Back again, and away again: it counts anew.
    await publish(kafka, activationAt(700, 'Trigger/cart@a'), activationAt(900, 'Trigger/win@b'));
    await until('all', () => live.length === 5);
    const second = await open(later);
    expect(live).toEqual(['at-100: win 0', 'at-400: cart 0', 'at-600: cart 200', 'at-700: win 0', 'at-900: cart 0']);
    expect([later, errors]).toEqual([live, []]);
    await first.close();
    await second.close();
  });

  it('knows what was published before it started, and what comes', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 1 });
    await publish(
      kafka,
      definition('cart', 'a'),
      definition('win', 'b'),
      activation('v1', 'Trigger/cart@a', 'Trigger/win@b'),
    );
    const errors: Error[] = [];
    const reader = await startPlaybookReader({ kafka, serde, compile, fail: (error) => errors.push(error) });
    expect([reader.latest()?.playbook, reader.at(2), reader.at(1), reader.position]).toEqual([
      'v1: cart win',
      'v1: cart win',
      undefined,
      3,
    ]);
    const heard: string[] = [];
    reader.onActivation(({ version }) => heard.push(version));
    let readTo = false;
    void reader.readTo(4).then(() => {
      readTo = true;
    });
    await publish(kafka, activation('v2', 'Trigger/win@b'));
    await until('v2', () => heard.length === 1);
    expect(readTo).toBe(false);
    await publish(kafka, activation('v1', 'Trigger/cart@a', 'Trigger/win@b'));
    await until('read to 4', () => readTo);
    // The first activation of v1 may be compacted away by now: its version still finds it.
    expect([reader.at(3), reader.at(999, 'v1'), heard]).toEqual(['v2: win', 'v1: cart win', ['v2', 'v1']]);
    await reader.close();
    expect(errors).toEqual([]);
  });

  it('finds what an activation names behind it, too: compaction keeps the last copy of what was published again', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 1 });
    // As the log stands after compaction: of `cart`, published with both, the first copy is gone.
    await publish(kafka, definition('win', 'b'), activation('v1', 'Trigger/cart@a', 'Trigger/win@b'));
    await publish(kafka, activation('v0', 'Trigger/gone@z'), definition('new', 'n'), definition('cart', 'a'));
    await publish(kafka, activation('v2', 'Trigger/cart@a', 'Trigger/new@n'));
    const told: string[] = [];
    const errors: Error[] = [];
    const reader = await startPlaybookReader({
      kafka,
      serde,
      compile: (published) => {
        told.push(`${published.version} beside ${idsOf(bodiesOf(published.earlier))}`);
        return compile(published);
      },
      fail: (error) => errors.push(error),
    });
    // What was published after an activation stands in nobody's earlier version; one that is gone is asked for by nobody.
    expect([told, errors]).toEqual([['v1 beside ', 'v2 beside win'], []]);
    expect([reader.at(1), reader.at(2), reader.latest()?.playbook]).toEqual([
      'v1: cart win',
      undefined,
      'v2: cart new',
    ]);
    await reader.close();
  });

  it('does not start on a live playbook that is not whole', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 1 });
    await publish(kafka, definition('win', 'b'), activation('v1', 'Trigger/win@b'), activation('v2', 'Trigger/none@x'));
    const errors: string[] = [];
    const fail = (error: Error): number => errors.push(error.message);
    await expect(startPlaybookReader({ kafka, serde, compile, fail })).rejects.toThrow('names Trigger/none@x');
    expect(errors).toHaveLength(1);
  });

  it('ends the process over an activation that names what is not there', async () => {
    const kafka = memoryKafka();
    await createWalkTopics(kafka, { partitions: 1 });
    const errors: string[] = [];
    const reader = await startPlaybookReader({ kafka, serde, compile, fail: (error) => errors.push(error.message) });
    await publish(kafka, activation('v1', 'Trigger/none@x'));
    await until('the failure', () => errors.length > 0);
    expect(errors[0]).toMatch(/names Trigger\/none@x, which is not on the topic; publish again/);
    await reader.close();
  });
});

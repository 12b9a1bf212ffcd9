import { describe, expect, it } from '@jest/globals';
import { parsePlaybook, toRecords } from '@kairos/playbook';
import { type IncomingRecord, memorySerde, type ReadOptions } from '@kairos/stream-kit';
import { KafkaPlaybook } from './kafka-playbook.ts';

const yaml = (name: string) => `
kind: Source
id: server
description: ${name}
owner: test@example.com
type: server
`;

const serde = memorySerde();

/** A topic that can be read on and on. */
function topicOf() {
  let onRecords: ReadOptions['onRecords'] | undefined;
  let offset = 0;
  const publish = async (name: string, timeScale: number, publishedAtMs: number) => {
    const { definitions, issues } = parsePlaybook([{ path: 'source.yaml', text: yaml(name) }]);
    expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
    const batch = toRecords(definitions, { timeScale, publishedAtMs, publishedBy: 'test' }).map(
      ({ key, value }): IncomingRecord => ({
        topic: 'playbook.published',
        partition: 0,
        offset: offset++,
        logTimeMs: publishedAtMs,
        key: Buffer.from(key),
        value: serde.encode('playbook.published', value),
        headers: {},
      }),
    );
    await onRecords?.(batch);
  };
  const kafka = {
    read: async (options: ReadOptions) => {
      onRecords = options.onRecords;
      options.onCaughtUp?.();
      return { close: async () => {}, done: new Promise<void>(() => {}) };
    },
  };
  return { kafka, publish };
}

describe('the live playbook', () => {
  it('is what the last activation named, each definition with its sentence; nothing before the first', async () => {
    const { kafka, publish } = topicOf();
    const playbook = new KafkaPlaybook(kafka, serde);
    await playbook.start(() => {});
    expect(playbook.current()).toBeNull();
    expect(playbook.whole()).toEqual([]);
    await publish('one', 60, 1);
    const first = playbook.current();
    expect(first).toMatchObject({ timeScale: 60, definitions: [{ kind: 'Source', id: 'server', description: 'one' }] });
    expect(first?.definitions[0]?.sentence).toContain('server source “server”');
    await publish('two', 1, 2);
    await publish('one', 60, 3);
    expect(playbook.current()).toEqual(first);
    expect(playbook.whole()).toMatchObject([{ kind: 'Source', id: 'server', sourceKind: 'server' }]);
  });
});

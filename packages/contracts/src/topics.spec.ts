import { describe, expect, it } from '@jest/globals';
import { schemas } from './generated/schemas.ts';
import { type Party, type Topic, timeSources, topics } from './topics.ts';

const all: readonly Topic[] = Object.values(topics);

/** Services and tasks in the order of the walk; a topic flows from an earlier to a later one unless its loop is declared. */
const walk: readonly Party[] = [
  'foreign',
  'cli',
  'console',
  'collector',
  'identify',
  'enrich',
  'detect',
  'arbitration',
  'channel-dispatchers',
  'metrics',
];

const loops = (table: readonly Topic[]): string[] =>
  table.flatMap((topic) =>
    topic.writers.flatMap((writer) =>
      topic.readers
        .filter((reader) => reader !== 'foreign' && reader !== 'console')
        .filter((reader) => walk.indexOf(reader) <= walk.indexOf(writer))
        .filter(() => topic.loop === undefined && !topic.name.endsWith('.changelog'))
        .map((reader) => `${topic.name}: ${writer} to ${reader}`),
    ),
  );

describe('the topology', () => {
  it('has one writer per topic, except the front door, the door into a person’s log and the playbook', () => {
    const many = all.filter((topic) => topic.writers.length > 1).map((topic) => topic.name);
    expect(many).toEqual(['events.collected', 'events.identified', 'playbook.published']);
    expect(topics['events.identified'].writers).toEqual(['identify', 'detect']);
  });

  it('flows in one direction; a loop is declared or fails here', () => {
    expect(loops(all)).toEqual([]);
    const undeclared = { ...topics['messages.decided'], loop: undefined } as unknown as Topic;
    expect(loops([undeclared])).toEqual(['messages.decided: arbitration to identify']);
  });

  it('leaves no topic unread', () => {
    expect(all.filter((topic) => topic.readers.length === 0)).toEqual([]);
  });

  it('names facts in the past tense, and a schema for each', () => {
    for (const topic of all) {
      expect(topic.name).toMatch(/^[a-z]+\.(?:[a-z]+ed|chosen)$|\.changelog$/);
      expect(schemas).toHaveProperty([topic.schema]);
    }
  });

  it('takes time only from topics that identify reads', () => {
    for (const name of timeSources) expect(topics[name].readers).toContain('identify');
  });

  it('keeps compacted topics for ever and ends the others', () => {
    for (const topic of all) expect(topic.retentionMs === null).toBe(topic.cleanup === 'compact');
  });
});

import type { TopicName, TopicValues } from '@kairos/contracts';
import { topics } from '@kairos/contracts';
import type { Serde } from '../ports.ts';
import { ownType, readFramed, readingOf, schemaIdOf, undecodable, writeFramed } from './codec.ts';

/** The same bytes as with a registry, without one: schema ids are the topics' places in the table. For tests and offline work. */
export const memorySerde = (): Serde => {
  const names = Object.keys(topics) as TopicName[];
  const ids = new Map(names.map((name, index) => [name, index + 1]));
  return {
    encode: <T extends TopicName>(topic: T, value: TopicValues[T]) =>
      writeFramed(topic, { type: ownType(topic), id: ids.get(topic) ?? 0 }, value),
    decode: <T extends TopicName>(topic: T, bytes: Buffer): TopicValues[T] => {
      const id = schemaIdOf(topic, bytes);
      const writer = names[id - 1];
      if (writer === undefined) throw undecodable(topic, `names schema ${id}, which nobody knows`);
      return readFramed(topic, bytes, readingOf(ownType(topic), ownType(writer)));
    },
  };
};

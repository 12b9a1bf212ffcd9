import type { TopicName } from '@kairos/contracts';
import { memorySerde, type Serde } from '@kairos/stream-kit';

/**
 * Arbitration keeps its state in Redis; here it stands in cuts like any other task, in a topic that the table lacks. Dead
 * letters are the bytes of their topic.
 */
const known = (topic: string): TopicName =>
  (topic === 'arbitration.changelog' ? 'detect.changelog' : topic.replace('.dead-letters', '')) as TopicName;

const real = memorySerde();

/** The real Avro codecs, without a registry. */
export const serde: Serde = {
  encode: (topic, value) => real.encode(known(topic) as typeof topic, value),
  decode: (topic, bytes) => real.decode(known(topic) as typeof topic, bytes),
};

/** Decodes for whoever looks on: at once, since every schema is known. */
export const decoded = (topic: string, bytes: Buffer): object => {
  const value = real.decode(known(topic), bytes);
  if (value instanceof Promise) throw new Error(`${topic} was not decoded at once`);
  return value;
};

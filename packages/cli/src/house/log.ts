import { connectKafka, createSerde, type KafkaPort, type Serde } from '@kairos/stream-kit';
import type { FoundHouse } from './find.ts';

/** The house's log, opened for one command. */
export interface OpenLog {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
}

export async function withLog<T>(house: FoundHouse, use: (log: OpenLog) => Promise<T>): Promise<T> {
  const kafka = await connectKafka({ brokers: house.brokers, clientId: 'kairos-cli' });
  try {
    return await use({ kafka, serde: await createSerde({ registryUrl: house.registryUrl }) });
  } finally {
    await kafka.close();
  }
}

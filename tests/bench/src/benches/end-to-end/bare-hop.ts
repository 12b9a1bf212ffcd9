import kafkajs from 'kafkajs';

/** What one hop costs at least: a record produced by kafkajs (acks=all), until kafkajs hands it to a consumer. */
export interface BareHop {
  /** Sends evenly for a while. Answers ms from `send` to the handler, of each record. */
  steady(recordsPerS: number, seconds: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** `topic` must be there. */
export const openBareHop = async (brokers: string, topic: string): Promise<BareHop> => {
  const client = new kafkajs.Kafka({ clientId: 'bench-hop', brokers: brokers.split(','), logLevel: 1 });
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  const consumer = client.consumer({ groupId: topic, maxWaitTimeInMs: 150 });
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let tookMs: number[] = [];
  await consumer.run({
    eachMessage: async ({ message }) => {
      tookMs.push(performance.now() - Number(message.value?.toString()));
    },
  });
  const send = (): Promise<unknown> =>
    producer.send({ topic, acks: -1, messages: [{ key: 'k', value: String(performance.now()).padEnd(300) }] });
  // The first goes through only when the group has been joined.
  await send();
  while (tookMs.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    steady: async (recordsPerS, seconds) => {
      tookMs = [];
      const sends: Promise<unknown>[] = [];
      const startMs = performance.now();
      for (let passedS = 0; passedS < seconds; passedS = (performance.now() - startMs) / 1_000) {
        while (sends.length < passedS * recordsPerS) sends.push(send());
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await Promise.all(sends);
      while (tookMs.length < sends.length) await new Promise((resolve) => setTimeout(resolve, 20));
      return tookMs;
    },
    close: async () => {
      await consumer.disconnect();
      await producer.disconnect();
    },
  };
};

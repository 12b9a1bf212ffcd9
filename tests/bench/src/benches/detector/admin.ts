import kafkajs, { type Admin } from 'kafkajs';

/** What the Kafka port does not offer, because no service may: taking topics and groups away. */
export const asAdmin = async <T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = new kafkajs.Kafka({ clientId: 'bench', brokers: brokers.split(','), logLevel: 0 }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
};

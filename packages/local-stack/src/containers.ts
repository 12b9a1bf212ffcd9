import { randomBytes } from 'node:crypto';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import { choosePort, release } from './ports.ts';
import type { OwnPart, PartName, PartRecord } from './types.ts';

type Contained = Exclude<PartName, OwnPart>;

/** The images of docker-compose.yml; a unit test compares the two. The registry's keeps nothing: these are tests. */
export const TEST_IMAGES: Readonly<Record<Contained, string>> = {
  kafka: 'apache/kafka:4.3.0',
  registry: 'apicurio/apicurio-registry-mem:2.6.13.Final',
  redis: 'redis:7.4-alpine',
  postgres: 'postgres:16-alpine',
};

interface Contents {
  readonly container: StartedTestContainer;
  readonly address: string;
}

/** Clients must be told an address that they can reach, so the host's port is chosen before the broker starts. */
async function kafka(): Promise<Contents> {
  const port = await choosePort();
  try {
    const container = await new GenericContainer(TEST_IMAGES.kafka)
      .withExposedPorts({ container: 9092, host: port })
      .withEnvironment({
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
        KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
        KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
        KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
        KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .start();
    return { container, address: `127.0.0.1:${port}` };
  } finally {
    release(port);
  }
}

async function registry(): Promise<Contents> {
  const container = await new GenericContainer(TEST_IMAGES.registry)
    .withExposedPorts(8080)
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080))
    .start();
  return { container, address: `http://${container.getHost()}:${container.getMappedPort(8080)}/apis/ccompat/v7` };
}

async function redis(): Promise<Contents> {
  const container = await new GenericContainer(TEST_IMAGES.redis).withExposedPorts(6379).start();
  return { container, address: `redis://${container.getHost()}:${container.getMappedPort(6379)}/0` };
}

async function postgres(): Promise<Contents> {
  const password = randomBytes(12).toString('hex');
  const container = await new GenericContainer(TEST_IMAGES.postgres)
    .withExposedPorts(5432)
    .withEnvironment({ POSTGRES_USER: 'kairos', POSTGRES_PASSWORD: password, POSTGRES_DB: 'kairos' })
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  return {
    container,
    address: `postgres://kairos:${password}@${container.getHost()}:${container.getMappedPort(5432)}/kairos`,
  };
}

const START: Readonly<Record<Contained, () => Promise<Contents>>> = { kafka, registry, redis, postgres };

export interface Containers {
  readonly records: readonly PartRecord[];
  stop(): Promise<void>;
}

/** Starts the parts through testcontainers, all at the same time; a failure ends those that had started. */
export async function startContainers(parts: readonly Contained[]): Promise<Containers> {
  const results = await Promise.allSettled(parts.map(async (part) => ({ part, ...(await START[part]()) })));
  const started = results.filter((result) => result.status === 'fulfilled').map((result) => result.value);
  const stop = async () => {
    await Promise.all(started.map(async ({ container }) => await container.stop()));
  };
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  const records = started.map(({ part, address }) => ({
    name: part,
    picked: 'testcontainers' as const,
    why: 'a Docker engine answers',
    address,
    startedAtMs: Date.now(),
  }));
  return { records, stop };
}

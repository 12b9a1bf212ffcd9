import type { EnrichedRecord, TopicName } from '@kairos/contracts';
import type { CompiledPlaybook, DetectState } from '@kairos/decisions';
import {
  connectKafka,
  createSerde,
  type KafkaPort,
  type LocalCopies,
  prefixedKafka,
  type Serde,
  type StageHandle,
  type StageHooks,
  startStage,
} from '@kairos/stream-kit';
import { cartRecord, detectProcessor, FIRST_MS, fixedPlaybook, markerRecord } from './cart-left.ts';
import { startStubRegistry } from './stub-registry.ts';

export interface House {
  readonly brokers: string;
  /** Before all topics and groups: each house of a bench has its own. */
  readonly prefix: string;
}

export interface OpenHouse {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  close(): Promise<void>;
}

export const DETECT_GROUP = 'detect';
const TOPICS: readonly TopicName[] = ['events.enriched', 'triggers.detected', 'messages.proposed', 'detect.changelog'];
const PIECE = 10_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Port and serde as a service has them, but for the registry, which knows the schemas of this house only. */
export const openHouse = async ({ brokers, prefix }: House): Promise<OpenHouse> => {
  const registry = await startStubRegistry();
  const kafka = prefixedKafka(await connectKafka({ brokers, clientId: 'bench' }), prefix);
  const serde = await createSerde({ registryUrl: registry.url, topics: TOPICS });
  return {
    kafka,
    serde,
    close: async () => {
      await kafka.close();
      await registry.close();
    },
  };
};

/** Writes to `events.enriched`, each record to the partition named with it. */
export const openWriter = async ({
  kafka,
  serde,
}: OpenHouse): Promise<{
  send(records: readonly (readonly [number, EnrichedRecord])[]): Promise<void>;
  close(): Promise<void>;
}> => {
  const producer = await kafka.producer();
  const topic = 'events.enriched';
  return {
    send: async (records) => {
      await producer.send(
        records.map(([partition, value]) => ({
          topic,
          partition,
          key: value.event?.personId ?? '',
          value: serde.encode(topic, value),
        })),
      );
    },
    close: () => producer.close(),
  };
};

export interface CartsInput extends House {
  readonly partitions: number;
  readonly persons: number;
  /** Default: one for each person. */
  readonly events?: number;
}

/** Switches the playbook on, and has every person put something into the cart: a state and a timer for each. */
export const writeCarts = async ({ partitions, persons, events = persons, ...house }: CartsInput): Promise<void> => {
  const open = await openHouse(house);
  const writer = await openWriter(open);
  await writer.send(Array.from({ length: partitions }, (_, partition) => [partition, markerRecord()] as const));
  for (let from = 0; from < events; from += PIECE) {
    const count = Math.min(PIECE, events - from);
    await writer.send(
      Array.from({ length: count }, (_, at) => {
        const number = from + at;
        const person = number % persons;
        return [
          person % partitions,
          cartRecord(person, { number, name: 'Product Added', atMs: FIRST_MS + Math.floor(number / persons) }),
        ] as const;
      }),
    );
  }
  await writer.close();
  await open.close();
};

export interface RunningDetect extends OpenHouse {
  readonly stage: StageHandle;
  /** Throws if the stage has failed. */
  alive(): void;
}

/** The detector's stage as the service runs it, without the service around it. */
export const startDetect = async (
  house: House,
  hooks: StageHooks = {},
  localCopies?: LocalCopies,
): Promise<RunningDetect> => {
  const open = await openHouse(house);
  let failed: Error | undefined;
  const stage = await startStage<DetectState, EnrichedRecord, CompiledPlaybook>({
    ...open,
    processor: detectProcessor,
    groupId: DETECT_GROUP,
    playbooks: fixedPlaybook(),
    hooks,
    localCopies,
    fail: (error) => {
      failed = error;
    },
  });
  return {
    ...open,
    stage,
    alive: () => {
      if (failed !== undefined) throw failed;
    },
    close: async () => {
      await stage.close();
      await open.close();
    },
  };
};

export const until = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 180_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await pause(50);
  }
};

export const sumOf = (stage: StageHandle, field: 'keys' | 'timers' | 'lag' | 'nextOffset'): number =>
  stage.status().reduce((sum, status) => sum + status[field], 0);

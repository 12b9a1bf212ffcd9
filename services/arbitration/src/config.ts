import { type ConfigOf, commonKeys, defineConfig, env, kafkaKeys, redisKeys } from '@kairos/service-kit';

export const config = defineConfig({
  ...commonKeys({ httpPort: 4313 }),
  ...kafkaKeys(),
  ...redisKeys(),
  ARBITRATION_KEEP_PERSONS: env.integer({
    about:
      'Persons of each partition kept in memory between batches; the others are read from Redis when they are needed.',
    min: 100,
    max: 1_000_000,
    default: 20_000,
  }),
});

export type ArbitrationConfig = ConfigOf<typeof config>;

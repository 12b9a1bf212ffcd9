import { commonKeys, defineConfig, env, kafkaKeys, stateKeys } from '@kairos/service-kit';

export const config = defineConfig({
  ...commonKeys({ httpPort: 4311 }),
  ...kafkaKeys(),
  ...stateKeys(),
  ENRICHER_CUT_EVERY_MS: env.integer({
    about: 'How often changed states are written to the changelogs, ms.',
    min: 100,
    max: 600_000,
    default: 3_000,
  }),
  ENRICHER_TICK_EVERY_MS: env.integer({
    about: 'How often time is written into every partition of events.identified, ms.',
    min: 50,
    max: 60_000,
    default: 1_000,
  }),
});

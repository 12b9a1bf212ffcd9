import { commonKeys, defineConfig, env, kafkaKeys, stateKeys } from '@kairos/service-kit';

export const config = defineConfig({
  ...commonKeys({ httpPort: 4312 }),
  ...kafkaKeys(),
  ...stateKeys(),
  DETECTOR_CUT_EVERY_MS: env.integer({
    about: 'How often changed states are written to the changelog, ms.',
    min: 100,
    max: 600_000,
    default: 3_000,
  }),
});

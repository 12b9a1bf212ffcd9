import { commonKeys, defineConfig, env, kafkaKeys, postgresKeys } from '@kairos/service-kit';

export const config = defineConfig({
  ...commonKeys({ httpPort: 4315 }),
  ...kafkaKeys(),
  ...postgresKeys(),
  API_TOKEN: env.text({
    about: 'Token that whoever asks for timelines and counts must show.',
    secret: true,
    minLength: 16,
  }),
});

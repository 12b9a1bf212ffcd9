import { type ConfigOf, commonKeys, defineConfig, env, kafkaKeys } from '@kairos/service-kit';

/** Every environment key of the console. */
export const consoleConfig = defineConfig({
  ...commonKeys({ httpPort: 4316 }),
  ...kafkaKeys(),
  METRICS_URL: env.url({
    about: 'The metrics service, for timelines and counts.',
    schemes: ['http', 'https'],
    example: 'http://127.0.0.1:4315',
  }),
  DISPATCHERS_URL: env.url({
    about: 'The channel-dispatchers, which keep the work list.',
    schemes: ['http', 'https'],
    example: 'http://127.0.0.1:4314',
  }),
  API_TOKEN: env.text({
    about: 'Token with which metrics and channel-dispatchers are asked.',
    secret: true,
    minLength: 16,
  }),
  ADMIN_PASSWORD: env.text({ about: 'Password of the local admin.', secret: true, minLength: 12 }),
  SESSION_SECRET: env.text({ about: 'Signs session cookies.', secret: true, minLength: 16 }),
  KAIROS_MAILBOX_DIR: env.text({
    about: 'Folder of the visible mailbox; without it the console shows none.',
    optional: true,
  }),
  KAIROS_SMS_DIR: env.text({
    about: 'Folder of the local SMS gateway; its texts stand among the mails.',
    optional: true,
  }),
  KAIROS_REHEARSALS_DIR: env.text({
    about: 'Folder in which reports of rehearsals are kept; without it the console keeps none.',
    optional: true,
  }),
  TRACE_URL: env.text({
    about: 'Link to a trace, with {traceId} in it.',
    optional: true,
    pattern: /\{traceId\}/,
    expects: 'an address with {traceId} in it',
  }),
});

export type ConsoleConfig = ConfigOf<typeof consoleConfig>;

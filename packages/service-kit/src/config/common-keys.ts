import { hostname } from 'node:os';
import { DEFAULT_PARTITIONS } from '@kairos/contracts';
import { env } from './key-spec.ts';

/** Keys that every service has. `runService` asks for them. */
export const commonKeys = (defaults: { readonly httpPort: number }) => ({
  HTTP_HOST: env.text({ about: 'Address that the HTTP server binds.', default: '127.0.0.1' }),
  HTTP_PORT: env.port({ about: 'Port of the HTTP server (probes, metrics, own routes).', default: defaults.httpPort }),
  LOG_LEVEL: env.choice({
    about: 'Least severe level that is logged.',
    of: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    default: 'info',
  }),
  KAIROS_INSTANCE: env.text({
    about: 'Name of this instance in logs, metrics and group members; unique per process.',
    pattern: /^[A-Za-z0-9._-]{1,64}$/,
    expects: 'up to 64 letters, digits, dots, dashes or underscores',
    defaultSays: 'host name and process id',
    default: `${hostname()
      .replaceAll(/[^A-Za-z0-9._-]/g, '-')
      .slice(0, 48)}-${process.pid}`,
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: env.url({
    about: 'Where traces go (OTLP over HTTP). Without it none are exported.',
    schemes: ['http', 'https'],
    example: 'http://127.0.0.1:4318',
    optional: true,
  }),
});

/** Keys of every service that reads or writes topics. */
export const kafkaKeys = () => ({
  KAFKA_BROKERS: env.brokers({
    about: 'Kafka brokers to begin with.',
    remedy: 'Start the local stack with `npm run kairos -- up`, or name your cluster.',
  }),
  SCHEMA_REGISTRY_URL: env.url({
    about: 'Schema registry, Confluent API.',
    schemes: ['http', 'https'],
    example: 'http://127.0.0.1:8081',
    secret: true,
    remedy: 'Start the local stack with `npm run kairos -- up`, or name your registry.',
  }),
  KAFKA_SESSION_TIMEOUT: env.duration({
    about: 'How long a process may be silent before Kafka gives its partitions to others.',
    default: 10_000,
    minMs: 6_000,
    maxMs: 300_000,
  }),
  KAIROS_PARTITIONS: env.integer({
    about: 'Partitions of each walk topic when it is created. Chosen once.',
    min: 1,
    max: 1024,
    default: DEFAULT_PARTITIONS,
  }),
});

/** Keys of services that keep state in memory and cuts on the log. */
export const stateKeys = () => ({
  KAIROS_STATE_DIR: env.text({
    about: 'Folder where states are kept beside the changelog, so that a restart on this machine need not read it all.',
    optional: true,
  }),
});

/** Keys of services with Postgres. */
export const postgresKeys = () => ({
  DATABASE_URL: env.url({
    about: 'Postgres.',
    schemes: ['postgres', 'postgresql'],
    example: 'postgres://user:password@127.0.0.1:5432/kairos',
    secret: true,
  }),
});

/** Keys of services with Redis. */
export const redisKeys = () => ({
  REDIS_URL: env.url({
    about: 'Redis.',
    schemes: ['redis', 'rediss'],
    example: 'redis://127.0.0.1:6379',
    secret: true,
  }),
});

import { type ConfigOf, commonKeys, defineConfig, env, kafkaKeys } from '@kairos/service-kit';
import { z } from 'zod';
import { hashWriteKey } from './adapters/hashed-write-keys.ts';
import { SOURCE_KINDS } from './ports.ts';

const name = z.string().min(1).max(200);

const writeKey = z
  .strictObject({
    sourceId: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes, underscores'),
    kind: z.enum(SOURCE_KINDS),
    key: z.string().min(8, 'must have at least 8 characters').max(256),
    events: z.array(name).optional(),
    origins: z
      .array(z.string().regex(/^https?:\/\/[^/]+$/, 'must be an origin such as https://shop.example'))
      .optional(),
  })
  // The key itself is forgotten at once.
  .transform(({ key, ...source }) => ({ ...source, keyHash: hashWriteKey(key) }));

const writeKeys = z
  .array(writeKey)
  .min(1, 'must hold at least one key')
  .refine((keys) => new Set(keys.map(({ keyHash }) => keyHash)).size === keys.length, 'holds the same key twice');

/** Every environment key of the collector. */
export const collectorConfig = defineConfig(
  {
    ...commonKeys({ httpPort: 7001 }),
    ...kafkaKeys(),
    COLLECTOR_WRITE_KEYS: env.json({
      about: 'Who may send, and how far each key is trusted.',
      expects:
        'a JSON list of {"sourceId", "kind": "browser" | "server" | "import" | "internal", "key", "events"?, "origins"?}',
      schema: writeKeys,
      secret: true,
    }),
    COLLECTOR_ACK_TIMEOUT: env.duration({
      about: 'Longest wait for the broker before a request is answered with 503.',
      default: 5_000,
      minMs: 100,
      maxMs: 25_000,
    }),
    COLLECTOR_LINGER: env.duration({
      about: 'How long the first event of a batch to the broker waits for company.',
      default: 2,
      maxMs: 1_000,
    }),
    COLLECTOR_BUFFER: env.bytes({
      about: 'How much may wait for the broker, and how much of requests may be held, before 503 is answered at once.',
      default: 64 * 1024 * 1024,
    }),
    COLLECTOR_MAX_REQUEST: env.bytes({
      about: 'Largest request after inflation.',
      default: 4 * 1024 * 1024,
    }),
    COLLECTOR_EVENTS_PER_SECOND: env.integer({
      about: 'Events that one write key may send per second in the long run, per instance.',
      default: 10_000,
      min: 1,
    }),
    COLLECTOR_EVENTS_BURST: env.integer({
      about: 'Events that one write key may send at once.',
      default: 50_000,
      min: 1,
    }),
    COLLECTOR_KEEP_IP: env.flag({
      about: 'Whether context.ip of browser events is filled from the connection.',
      default: true,
    }),
    COLLECTOR_PUBLIC_URL: env.url({
      about: 'Where browsers reach the collector; without it, what their request says.',
      schemes: ['http', 'https'],
      example: 'https://events.shop.example',
      optional: true,
    }),
    TRUST_PROXY: env.list({
      about: 'Addresses of proxies whose X-Forwarded-For is believed.',
      expects: 'IP addresses or networks separated by commas, such as 10.0.0.0/8',
      item: /^[0-9a-fA-F:.]+(\/\d{1,3})?$|^(loopback|linklocal|uniquelocal)$/,
      optional: true,
    }),
  },
  { ownPrefixes: ['COLLECTOR_'] },
);

export type CollectorConfig = ConfigOf<typeof collectorConfig>;

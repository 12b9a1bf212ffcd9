import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { commonKeys, kafkaKeys } from './common-keys.ts';
import { configRows, describeConfig } from './describe-config.ts';
import { env } from './key-spec.ts';
import { ConfigError, defineConfig, loadConfig, loadConfigWithWarnings } from './load-config.ts';

const about = 'x';
const faultsOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};
const textOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('loadConfig', () => {
  const schema = defineConfig(
    {
      ...commonKeys({ httpPort: 7001 }),
      ...kafkaKeys(),
      SHOP_TIMEOUT: env.duration({ about, default: 5_000, maxMs: 60_000 }),
      SHOP_TOKEN: env.text({ about, secret: true, minLength: 8 }),
      SHOP_KEYS: env.json({
        about,
        expects: 'a list of {"a": text}',
        schema: z.array(z.object({ a: z.string() })),
        optional: true,
      }),
    },
    { ownPrefixes: ['SHOP_'] },
  );
  const good = {
    KAFKA_BROKERS: '127.0.0.1:9092',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081',
    SHOP_TOKEN: 'abcdefgh',
  };

  it('fills in defaults, converts values and freezes everything', () => {
    const config = loadConfig(schema, { ...good, SHOP_TIMEOUT: '2s', SHOP_KEYS: '[{"a":"b"}]' });
    expect(config.SHOP_TIMEOUT).toBe(2_000);
    expect(config.HTTP_PORT).toBe(7001);
    expect(config.KAFKA_BROKERS).toEqual(['127.0.0.1:9092']);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.SHOP_KEYS?.[0])).toBe(true);
  });

  it('reports all faults together, each with key, value, expectation and remedy', () => {
    const faults = faultsOf(() =>
      loadConfig(schema, {
        HTTP_PORT: 'abc',
        LOG_LEVEL: 'loud',
        SHOP_TIMEOUT: '2 weeks',
        SHOP_KEYS: '[{"a":3}]',
        SHOP_TOKEN: 'short',
      }),
    );
    expect(faults.map(({ key }) => key)).toEqual([
      'HTTP_PORT',
      'LOG_LEVEL',
      'KAFKA_BROKERS',
      'SCHEMA_REGISTRY_URL',
      'SHOP_TIMEOUT',
      'SHOP_TOKEN',
      'SHOP_KEYS',
    ]);
    const text = textOf(() => loadConfig(schema, { ...good, HTTP_PORT: 'abc' }));
    expect(text).toContain('HTTP_PORT is "abc". Expected: a port from 0 to 65535');
    expect(faults.find(({ key }) => key === 'SHOP_KEYS')?.problem).toContain('[0].a');
    for (const fault of faults) expect(fault.remedy).not.toBe('');
  });

  it('never repeats a secret, not even a wrong one', () => {
    const text = textOf(() => loadConfig(schema, { ...good, SHOP_TOKEN: 'hush' }));
    expect(text).toContain('SHOP_TOKEN has a value (hidden)');
    expect(text).not.toContain('hush');
  });

  it.each([
    ['a misspelt shared key', { KAIROS_PARTITION: '3' }, 'Did you mean KAIROS_PARTITIONS?'],
    ['an unknown key with the own prefix', { SHOP_TIMEOUTS: '3s' }, 'Did you mean SHOP_TIMEOUT?'],
    ['an unlike key with the own prefix', { SHOP_COLOUR: 'red' }, 'Remove it.'],
  ])('refuses %s', (_, more, remedy) => {
    expect(textOf(() => loadConfig(schema, { ...good, ...more }))).toContain(remedy);
  });

  it('warns of an unlike KAIROS_ name, and passes over the launcher’s own', () => {
    const { warnings } = loadConfigWithWarnings(schema, {
      ...good,
      KAIROS_BANANA: '1',
      KAIROS_HOME: '/x',
      KAIROS_KAFKA_PORT: '1',
    });
    expect(warnings).toEqual([expect.stringContaining('KAIROS_BANANA')]);
  });

  it('keys that belong together are all set or none, and each that is missing is named', () => {
    const pair = defineConfig(
      {
        TEXT_URL: env.url({ about, schemes: ['http'], example: 'http://x', optional: true }),
        TEXT_TOKEN: env.text({ about, secret: true, optional: true }),
        TEXT_FROM: env.text({ about, optional: true }),
      },
      { together: [['TEXT_URL', 'TEXT_TOKEN', 'TEXT_FROM']] },
    );
    expect(loadConfig(pair, { TEXT_URL: ' ' })).toEqual({});
    const faults = faultsOf(() => loadConfig(pair, { TEXT_URL: 'ftp://x', TEXT_TOKEN_FILE: '/dev/null' }));
    expect(faults.map(({ key, problem }) => `${key} ${problem}`)).toEqual([
      'TEXT_URL is "ftp://x"',
      'TEXT_TOKEN_FILE names an empty file',
      'TEXT_FROM is missing, and TEXT_URL is set',
    ]);
  });

  it('treats an empty value as none', () => {
    expect(loadConfig(schema, { ...good, HTTP_PORT: ' ' }).HTTP_PORT).toBe(7001);
    expect(faultsOf(() => loadConfig(schema, { ...good, SHOP_TOKEN: '' }))[0]?.problem).toBe('is missing');
  });

  it('shows the resolved configuration without secrets', () => {
    const config = loadConfig(schema, { ...good, SCHEMA_REGISTRY_URL: 'http://me:hush@host:8081/?a=hush' });
    const shown = describeConfig(schema, config);
    expect(shown).toMatchObject({ SHOP_TOKEN: '***', SHOP_TIMEOUT: '5s', OTEL_EXPORTER_OTLP_ENDPOINT: '(not set)' });
    expect(JSON.stringify(shown)).not.toContain('hush');
    expect(shown.SCHEMA_REGISTRY_URL).toContain('host:8081');
  });

  it('describes every key for the reference, the same on every machine', () => {
    const rows = configRows(schema);
    expect(rows.find(({ key }) => key === 'SHOP_TOKEN or SHOP_TOKEN_FILE')).toMatchObject({ without: 'required' });
    expect(rows.find(({ key }) => key === 'KAIROS_INSTANCE')?.without).toBe('host name and process id');
  });
});

describe('secrets from files', () => {
  const schema = defineConfig({ SHOP_TOKEN: env.text({ about, secret: true }) });
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
    writeFileSync(join(folder, 'token'), 'from-file\n', { mode: 0o600 });
    writeFileSync(join(folder, 'empty'), '\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read without their last newline', () => {
    expect(loadConfig(schema, { SHOP_TOKEN_FILE: join(folder, 'token') }).SHOP_TOKEN).toBe('from-file');
  });

  it.each([
    ['both given', { SHOP_TOKEN: 'a', SHOP_TOKEN_FILE: 'token' }, 'is set, and so is SHOP_TOKEN'],
    ['an empty file', { SHOP_TOKEN_FILE: 'empty' }, 'names an empty file'],
    ['a missing file', { SHOP_TOKEN_FILE: 'nowhere' }, '(ENOENT)'],
  ])('are refused with a reason: %s', (_, given: Record<string, string>, problem) => {
    const environment = { ...given, SHOP_TOKEN_FILE: join(folder, given.SHOP_TOKEN_FILE ?? '') };
    expect(faultsOf(() => loadConfig(schema, environment))[0]?.problem).toContain(problem);
  });
});

describe('the kinds of keys', () => {
  const load = (
    spec: ReturnType<typeof env.text | typeof env.flag | typeof env.bytes | typeof env.list>,
    value: string,
  ) => loadConfig(defineConfig({ A: spec as ReturnType<typeof env.text> }), { A: value }).A as unknown;

  it.each<[string, Parameters<typeof load>[0], string, unknown]>([
    ['flag', env.flag({ about }), 'yes', true],
    ['bytes', env.bytes({ about }) as never, '4MiB', 4_194_304],
    ['duration', env.duration({ about }) as never, '1.5h', 5_400_000],
    ['plain duration', env.duration({ about }) as never, '250', 250],
    ['integer', env.integer({ about, min: -5 }) as never, '-3', -3],
    ['number', env.number({ about }) as never, '0.25', 0.25],
    ['list', env.list({ about }), 'a, b,,c', ['a', 'b', 'c']],
    ['IPv6 broker', env.brokers({ about }), '[::1]:9092', ['[::1]:9092']],
    ['url', env.url({ about, schemes: ['redis'], example: 'redis://h' }), 'redis://h:1', 'redis://h:1'],
  ])('%s is read', (_, spec, given, value) => {
    expect(load(spec, given)).toEqual(value);
  });

  it.each<[string, Parameters<typeof load>[0], string]>([
    ['flag', env.flag({ about }), 'perhaps'],
    ['port', env.port({ about }) as never, '65536'],
    ['integer', env.integer({ about, max: 3 }) as never, '4'],
    ['integer', env.integer({ about }) as never, '1e3'],
    ['broker without port', env.brokers({ about }), 'localhost'],
    ['url of another scheme', env.url({ about, schemes: ['redis'], example: 'redis://h' }), 'http://h'],
    ['json', env.json({ about, expects: 'json', schema: z.string() }), '{'],
  ])('%s is refused', (_, spec, given) => {
    expect(() => load(spec, given)).toThrow(ConfigError);
  });
});

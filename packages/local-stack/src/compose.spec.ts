import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { POM } from './cache.ts';
import { COMPOSE_ADDRESSES, COMPOSE_FILE } from './compose.ts';
import { TEST_IMAGES } from './containers.ts';
import { REPOSITORY } from './home.ts';
import { SERVICE_NODE_ARGS } from './node-args.ts';
import { portOf } from './probe.ts';
import { ADDRESS_KEYS, MAILBOX_DIR_KEY, PART_NAMES, SMS_DIR_KEY } from './types.ts';

interface ComposeService {
  image: string;
  profiles: string[];
  command?: string[];
  ports?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test: unknown[] };
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
}

const read = (file: string) => readFileSync(join(REPOSITORY, file), 'utf8');
const compose = parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const serviceFolders = readdirSync(join(REPOSITORY, 'services'));
const apps = services.filter(([, service]) => service.profiles.includes('app') && !service.profiles.includes('infra'));

// There is no Docker engine where this is developed: these are the promises that can be kept without one.
describe('docker-compose.yml', () => {
  it('has every part under infra', () => {
    const infra = services.filter(([, service]) => service.profiles.includes('infra')).map(([name]) => name);
    expect(infra.sort()).toEqual([...PART_NAMES].sort());
  });

  it('has every service of the repository under app, started by its own entry point', () => {
    expect(apps.map(([name]) => name).sort()).toEqual(serviceFolders.sort());
    for (const [name, { command }] of apps) {
      expect(command).toEqual(['node', ...SERVICE_NODE_ARGS, `services/${name}/dist/bundle/main.js`]);
    }
  });

  it('tells every service where to listen and where each part is', () => {
    const keys = [
      ...Object.values(ADDRESS_KEYS),
      MAILBOX_DIR_KEY,
      'SMS_ACCOUNT_SID',
      'SMS_AUTH_TOKEN',
      'SMS_FROM',
      SMS_DIR_KEY,
      'HTTP_HOST',
      'HTTP_PORT',
      'LOG_LEVEL',
      'KAIROS_INSTANCE',
    ];
    for (const [, { environment = {} }] of apps) expect(Object.keys(environment)).toEqual(expect.arrayContaining(keys));
  });

  it('starts every service after the parts that it speaks to are healthy', () => {
    for (const [, { depends_on = {} }] of apps) {
      expect(Object.keys(depends_on)).toEqual(expect.arrayContaining(['kafka', 'registry', 'redis', 'postgres']));
      for (const { condition } of Object.values(depends_on)) expect(condition).toBe('service_healthy');
    }
  });

  it('has a health check for everything, its test a list of texts', () => {
    for (const [, { healthcheck }] of services) {
      expect(healthcheck?.test.every((word) => typeof word === 'string')).toBe(true);
    }
  });

  it('pins every image by a tag that is a version', () => {
    for (const [, { image }] of services) expect(image).toMatch(/^[\w./-]+:(\d+[.\d]*[\w.-]*|local)$/);
  });

  it('binds every port to this machine only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$/);
  });

  it('binds the parts to the ports by which the launcher finds them', () => {
    for (const [part, address] of Object.entries(COMPOSE_ADDRESSES)) {
      expect(compose.services[part]?.ports?.[0]).toContain(`:-${portOf(address({}))}}`);
    }
  });

  it('declares every volume that it names', () => {
    const named = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    const missing = named.filter((name) => !name.startsWith('.') && !(name in compose.volumes));
    expect(missing).toEqual([]);
  });
});

describe('one version of each part everywhere', () => {
  const pom = readFileSync(POM, 'utf8');
  const version = (name: string) => new RegExp(`<${name}.version>(.+)</${name}.version>`).exec(pom)?.[1];

  it('is the same for Kafka and the registry in Maven, compose and testcontainers', () => {
    expect(compose.services.kafka?.image).toBe(`apache/kafka:${version('kafka')}`);
    expect(compose.services.registry?.image).toBe(`apicurio/apicurio-registry-sql:${version('registry')}`);
    expect(TEST_IMAGES.kafka).toBe(compose.services.kafka?.image);
    expect(TEST_IMAGES.registry).toBe(`apicurio/apicurio-registry-mem:${version('registry')}`);
    expect(TEST_IMAGES.redis).toBe(compose.services.redis?.image);
    expect(TEST_IMAGES.postgres).toBe(compose.services.postgres?.image);
  });
});

describe('deploy/docker/Dockerfile', () => {
  const dockerfile = read('deploy/docker/Dockerfile');
  const finalStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  it('does not run as root', () => {
    expect(finalStage).toMatch(/^USER (?!root)\w+$/m);
  });

  it('pins its base image and installs what the lock file says', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(bases.filter((image) => image?.includes(':')).every((image) => /:\d+\.\d+\.\d+/.test(image ?? ''))).toBe(
      true,
    );
    expect(dockerfile).toContain('--frozen-lockfile');
  });

  it('uses the package manager that package.json names', () => {
    expect(dockerfile).toContain(JSON.parse(read('package.json')).packageManager);
  });

  it('leaves secrets and builds of this machine out of the image', () => {
    const ignored = read('deploy/docker/Dockerfile.dockerignore').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.kairos', '.git', '**/node_modules', '**/dist']));
  });
});

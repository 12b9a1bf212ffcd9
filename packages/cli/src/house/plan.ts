import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { homePaths, type RunningStack, type Secrets, type ServiceSpec } from '@kairos/local-stack';
import { CliError } from '../exit.ts';

/** Ports tried first, so that the address of the console is the same from day to day. */
const preferredPorts = {
  collector: 4310,
  'profile-enricher': 4311,
  'trigger-detector': 4312,
  arbitration: 4313,
  'channel-dispatchers': 4314,
  metrics: 4315,
  console: 4316,
} as const;

export type ServiceName = keyof typeof preferredPorts;
export const serviceNames = Object.keys(preferredPorts) as readonly ServiceName[];
export type ServicePorts = Readonly<Record<ServiceName, number>>;

/** A port for each service: the preferred one where it is free, else any. Services must know each other's before they start. */
export async function choosePorts(): Promise<ServicePorts> {
  const chosen: [ServiceName, number][] = [];
  for (const name of serviceNames) chosen.push([name, await freePort(preferredPorts[name])]);
  return Object.fromEntries(chosen) as ServicePorts;
}

async function freePort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const found = await tryPort(port);
    if (found !== undefined) return found;
  }
  throw new CliError('No free TCP port on 127.0.0.1.');
}

const tryPort = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });

/** Sources of the starter playbook, with the kind of key that speaks for each. */
export function writeKeysOf(secrets: Secrets): readonly { sourceId: string; kind: string; key: string }[] {
  return [
    { sourceId: 'server', kind: 'server', key: secrets.writeKeys.server },
    { sourceId: 'web', kind: 'browser', key: secrets.writeKeys.browser },
    { sourceId: 'demo', kind: 'server', key: secrets.writeKeys.demo },
    { sourceId: 'import', kind: 'import', key: secrets.writeKeys.import },
    { sourceId: 'offline', kind: 'server', key: secrets.writeKeys.offline },
    { sourceId: 'internal', kind: 'internal', key: internalKey(secrets) },
  ];
}

/** The key with which the channels bring clicks and unsubscribes home; derived, so that it needs no place of its own. */
const internalKey = (secrets: Secrets): string => `wk_internal_${secrets.linkSigningSecret.slice(0, 20)}`;

/** What each service of the house is started with. The stack's addresses come on top of it by the launcher. */
export function planServices(stack: RunningStack, secrets: Secrets, ports: ServicePorts): readonly ServiceSpec[] {
  const keysFile = path.join(homePaths(stack.home).data, 'write-keys.json');
  writeFileSync(keysFile, JSON.stringify(writeKeysOf(secrets)), { mode: 0o600 });
  const url = (service: ServiceName): string => `http://127.0.0.1:${ports[service]}`;
  const env: Readonly<Record<ServiceName, Readonly<Record<string, string>>>> = {
    collector: { COLLECTOR_WRITE_KEYS_FILE: keysFile },
    'profile-enricher': { KAIROS_STATE_DIR: path.join(homePaths(stack.home).data, 'state') },
    'trigger-detector': { KAIROS_STATE_DIR: path.join(homePaths(stack.home).data, 'state') },
    arbitration: {},
    'channel-dispatchers': {
      COLLECTOR_URL: url('collector'),
      COLLECTOR_WRITE_KEY: internalKey(secrets),
      PUBLIC_URL: url('channel-dispatchers'),
      SITE_TOKEN_SECRET: secrets.siteTokenSecret,
      LINK_SIGNING_SECRET: secrets.linkSigningSecret,
      WEBHOOK_SECRET: secrets.webhookSecret,
      API_TOKEN: secrets.apiToken,
    },
    metrics: { API_TOKEN: secrets.apiToken },
    console: {
      METRICS_URL: url('metrics'),
      DISPATCHERS_URL: url('channel-dispatchers'),
      API_TOKEN: secrets.apiToken,
      ADMIN_PASSWORD: secrets.consoleAdminPassword,
      SESSION_SECRET: secrets.sessionSecret,
      KAIROS_REHEARSALS_DIR: path.join(homePaths(stack.home).data, 'rehearsals'),
    },
  };
  return serviceNames.map((instance) => ({ instance, port: ports[instance], env: env[instance] }));
}

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { defaultHome, type House, homePaths, loadOrCreateSecrets, type Secrets } from '@kairos/local-stack';
import { CliError } from '../exit.ts';

/** A running house as the other commands use it. */
export interface FoundHouse {
  readonly home: string;
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly databaseUrl: string;
  readonly mailboxDir: string | undefined;
  readonly secrets: Secrets;
  /** Base URL of a service; throws when the house runs none of that name. */
  url(service: string): string;
}

/** The house of this home, as `kairos up` wrote it down. */
export async function findHouse(home: string = defaultHome()): Promise<FoundHouse> {
  const { houseFile } = homePaths(home);
  if (!existsSync(houseFile))
    throw new CliError(`No house is up in ${home}: start one with npm start, or kairos up --detach.`);
  const house = JSON.parse(await readFile(houseFile, 'utf8')) as House;
  const need = (value: string | undefined, what: string): string => {
    if (value === undefined) throw new CliError(`The house in ${home} has no ${what}: start it again with kairos up.`);
    return value;
  };
  return {
    home,
    brokers: need(house.kafka, 'Kafka').split(','),
    registryUrl: need(house.registry, 'schema registry'),
    databaseUrl: need(house.postgres, 'Postgres'),
    mailboxDir: house.mailboxDir,
    secrets: loadOrCreateSecrets(home),
    url: (service) => need(house.services[service]?.url, `service ${service}`),
  };
}

/** Asks a service of the house with the API token; the answer is JSON. */
export async function askService<T>(house: FoundHouse, service: string, path: string): Promise<T> {
  const url = `${house.url(service)}${path}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${house.secrets.apiToken}` } }).catch(
    (error: unknown) => {
      throw new CliError(`${service} does not answer at ${url}: see kairos status (${String(error)})`);
    },
  );
  if (!response.ok) throw new CliError(`${service} answered ${response.status} to ${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

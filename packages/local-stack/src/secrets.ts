import { randomBytes, randomInt } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { homePaths } from './home.ts';

/** What a house needs to trust itself. Made once per home; `<home>/secrets.json`, readable by its owner only. */
export interface Secrets {
  readonly consoleAdminPassword: string;
  /** One key per kind of sender; the browser's is public by nature, the others are not. */
  readonly writeKeys: {
    readonly server: string;
    readonly browser: string;
    readonly demo: string;
    readonly import: string;
    readonly offline: string;
  };
  readonly siteTokenSecret: string;
  readonly linkSigningSecret: string;
  readonly webhookSecret: string;
  /** Of the local SMS gateway's account. */
  readonly smsAuthToken: string;
  readonly apiToken: string;
  readonly sessionSecret: string;
}

/** Without letters that are mistaken for one another when read aloud or typed from a terminal. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';

/** 16 of 31 signs, in groups of four: 79 bits. */
function readablePassword(): string {
  const group = () => Array.from({ length: 4 }, () => READABLE[randomInt(READABLE.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

const secret = () => randomBytes(32).toString('base64url');
const writeKey = (kind: string) => `wk_${kind}_${randomBytes(15).toString('base64url')}`;

function createSecrets(): Secrets {
  return {
    consoleAdminPassword: readablePassword(),
    writeKeys: {
      server: writeKey('server'),
      browser: writeKey('browser'),
      demo: writeKey('demo'),
      import: writeKey('import'),
      offline: writeKey('offline'),
    },
    siteTokenSecret: secret(),
    linkSigningSecret: secret(),
    webhookSecret: secret(),
    smsAuthToken: secret(),
    apiToken: secret(),
    sessionSecret: secret(),
  };
}

/** The content of the file, made on the first call. Two that call at the same time get the same. */
export function loadOrCreate(file: string, create: () => string): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    writeFileSync(temporary, create(), { mode: 0o600 });
    try {
      linkSync(temporary, file);
    } catch {
      // Somebody else has created it meanwhile: theirs counts.
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  return readFileSync(file, 'utf8');
}

/** The home's secrets, created on the first call; keys that a later version adds are filled in. */
export function loadOrCreateSecrets(home: string): Secrets {
  const file = homePaths(home).secretsFile;
  const made = createSecrets();
  const known = JSON.parse(loadOrCreate(file, () => `${JSON.stringify(made, null, 2)}\n`)) as Partial<Secrets>;
  const whole: Secrets = { ...made, ...known, writeKeys: { ...made.writeKeys, ...known.writeKeys } };
  if (JSON.stringify(whole) !== JSON.stringify(known))
    writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return whole;
}

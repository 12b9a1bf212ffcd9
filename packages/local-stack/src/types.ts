/** The vocabulary of the launcher: which parts there are, and what is known about a running one. */

export const PART_NAMES = ['kafka', 'registry', 'redis', 'postgres', 'mailbox', 'sms'] as const;

export type PartName = (typeof PART_NAMES)[number];

/** Small Node programs of this package: an image for one would be built for nothing, so they are native everywhere. */
export type OwnPart = 'mailbox' | 'sms';
export const isOwnPart = (part: PartName): part is OwnPart => part === 'mailbox' || part === 'sms';

/** The environment key under which a part's address is given to us, and by which we hand it to the services. */
export const ADDRESS_KEYS: Readonly<Record<PartName, string>> = {
  kafka: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  redis: 'REDIS_URL',
  postgres: 'DATABASE_URL',
  mailbox: 'SMTP_URL',
  sms: 'SMS_URL',
};

/** The folder where accepted mail lies, one `.eml` file a message. */
export const MAILBOX_DIR_KEY = 'KAIROS_MAILBOX_DIR';

/** The folder where accepted texts lie, one `.json` file a message. */
export const SMS_DIR_KEY = 'KAIROS_SMS_DIR';

/** What goes with the address of a part, and is passed on with one from the environment. */
export const COMPANION_KEYS: Readonly<Partial<Record<PartName, readonly string[]>>> = {
  mailbox: [MAILBOX_DIR_KEY],
  sms: ['SMS_ACCOUNT_SID', 'SMS_AUTH_TOKEN', 'SMS_AUTH_TOKEN_FILE', 'SMS_FROM', SMS_DIR_KEY],
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** `adopted`: the environment named an address. `testcontainers`: only in tests where a Docker engine answers. */
export type Picked = 'native' | 'docker' | 'adopted' | 'testcontainers';

/**
 * A process for good: the pid together with the moment at which it started, so that a pid which the
 * machine has given to somebody else since is never taken for ours.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only, also across restarts of the machine. */
  readonly startMark: string;
}

/** What is written to `run/parts/<part>.json` and gathered in `run/stack.json`. */
export interface PartRecord {
  readonly name: PartName;
  readonly picked: Picked;
  /** Why this way was picked, as one clause. */
  readonly why: string;
  /** The value for `ADDRESS_KEYS[name]`; for postgres it contains the password. */
  readonly address: string;
  readonly process?: ProcessIdentity;
  /** What ends the process in an orderly way. */
  readonly stopSignal?: NodeJS.Signals;
  /** What else one must know to use it: an account, the folder of what it accepted. */
  readonly env?: Readonly<Record<string, string>>;
  readonly startedAtMs: number;
}

/** `run/stack.json`: readable by its owner only, because the database address contains its password. */
export interface StackFile {
  readonly version: 1;
  readonly home: string;
  readonly parts: Readonly<Partial<Record<PartName, PartRecord>>>;
  /** Ready to be merged into the environment of a service or a test. */
  readonly env: Readonly<Record<string, string>>;
}

export interface StackOptions {
  /** Default: `KAIROS_HOME`, else `<repository>/.kairos`. */
  readonly home?: string;
  /** Default: all. */
  readonly parts?: readonly PartName[];
  /** Default: `process.env`. Read for addresses, `KAIROS_CACHE`, `KAIROS_KAFKA_HEAP` and the like. */
  readonly env?: Environment;
  readonly reporter?: Reporter;
  /** Default: asks the engine. `false` never uses Docker. */
  readonly docker?: boolean;
  /** Gives up the start: what it has started is ended, and it rejects. */
  readonly signal?: AbortSignal;
}

export interface RunningStack {
  readonly home: string;
  readonly parts: Readonly<Partial<Record<PartName, PartRecord>>>;
  /** The address keys of the running parts, and what goes with them. */
  readonly env: Readonly<Record<string, string>>;
  /** The address of a part; throws when the part was not asked for. */
  address(part: PartName): string;
  /** Ends what this start has started, nothing that it found running. Safe to call twice. */
  stop(): Promise<void>;
}

/** What the launcher says while it works. `name` is a part or a service. */
export interface Reporter {
  picked(name: string, picked: Picked, why: string): void;
  starting(name: string): void;
  ready(name: string, about: { readonly tookMs: number; readonly address: string }): void;
  failed(name: string, reason: string): void;
  note(message: string): void;
}

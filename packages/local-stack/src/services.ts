import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureHome, type HomePaths, homePaths, readJson, writeJson } from './home.ts';
import { type PortBook, portBook, release } from './ports.ts';
import { end, identify, isAlive } from './processes.ts';
import { stderrReporter } from './reporter.ts';
import { serviceEntry } from './service-entry.ts';
import { type ServicePlan, ServiceProcess, type ServiceRecord } from './service-process.ts';
import { MAILBOX_DIR_KEY, type ProcessIdentity, type Reporter, SMS_DIR_KEY } from './types.ts';

/** What to start. */
export interface ServiceSpec {
  /** `collector`; a further instance of the same service is `collector#2`. */
  readonly instance: string;
  /** Added to what every service gets (see `serviceEnvironment`). */
  readonly env?: Readonly<Record<string, string>>;
  /** Tried first; else the port of the last start in this home, else a free one. */
  readonly port?: number;
  /** Default: `serviceEntry` of this repository. */
  readonly entry?: string;
}

export interface ServicesOptions {
  /** A `RunningStack`, or its home and addresses as `run/stack.json` tells them. */
  readonly stack: { readonly home: string; readonly env: Readonly<Record<string, string>> };
  readonly services: readonly ServiceSpec[];
  /** For every service: `LOG_LEVEL`, keys, … */
  readonly env?: Readonly<Record<string, string>>;
  readonly reporter?: Reporter;
  /** Default 120 s: a small machine starts a JVM, a broker and seven services at once. */
  readonly readyTimeoutMs?: number;
  /** From SIGTERM to SIGKILL. Default 30 s. */
  readonly stopGraceMs?: number;
  /** Gives up the start: what has been started is ended, and `startServices` rejects. Of no effect later. */
  readonly signal?: AbortSignal;
}

export interface RunningServices {
  /** The base URL of an instance. */
  url(instance: string): string;
  list(): readonly ServiceRecord[];
  /** Starts one that was stopped, or one that is new here; resolves when it is ready. */
  startService(instance: string | ServiceSpec): Promise<void>;
  /** SIGTERM and wait; it stays down. */
  stopService(instance: string): Promise<void>;
  /** SIGKILL. It is restarted as after any crash, unless `restart` is false. Resolves when the process is gone. */
  killService(instance: string, options?: { readonly restart?: boolean }): Promise<void>;
  /** Resolves when the instance is ready (again). */
  untilReady(instance: string): Promise<void>;
  /** Ends all of them, all at the same time. */
  stop(): Promise<void>;
}

/** `run/house.json`: where everything is. Readable by its owner only (the database's password). */
export interface House {
  readonly version: 1;
  readonly home: string;
  readonly kafka?: string;
  readonly registry?: string;
  readonly redis?: string;
  readonly postgres?: string;
  readonly smtp?: string;
  readonly mailboxDir?: string;
  readonly sms?: string;
  readonly smsDir?: string;
  readonly services: Readonly<Record<string, { readonly url: string; readonly pid?: number; readonly state: string }>>;
}

const serviceName = (instance: string): string => instance.split('#')[0] ?? instance;

/** What every service gets: where to listen and where the parts are; then the caller's; then the service's own. */
export function serviceEnvironment(
  at: { readonly port: number; readonly instance: string },
  ...layers: readonly Readonly<Record<string, string>>[]
): Record<string, string | undefined> {
  return {
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(at.port),
    KAIROS_INSTANCE: at.instance.replaceAll('#', '-'),
    // Of the process that launches, and none of a service's business: flags for Jest, a debugger's port.
    NODE_OPTIONS: undefined,
    JEST_WORKER_ID: undefined,
    ...Object.assign({}, ...layers),
  };
}

export function serviceRecords(paths: HomePaths): ServiceRecord[] {
  const folder = join(paths.run, 'services');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => readJson<ServiceRecord>(join(folder, file))).filter((record) => record !== undefined);
}

export function writeHouse(home: string, env: Readonly<Record<string, string>>): House {
  const paths = homePaths(home);
  const entries: [keyof House, string | undefined][] = [
    ['kafka', env.KAFKA_BROKERS],
    ['registry', env.SCHEMA_REGISTRY_URL],
    ['redis', env.REDIS_URL],
    ['postgres', env.DATABASE_URL],
    ['smtp', env.SMTP_URL],
    ['mailboxDir', env[MAILBOX_DIR_KEY]],
    ['sms', env.SMS_URL],
    ['smsDir', env[SMS_DIR_KEY]],
  ];
  const services = serviceRecords(paths).map(({ instance, url, state, process }) => {
    return [instance, { url, state, ...(process === undefined ? {} : { pid: process.pid }) }];
  });
  const house: House = {
    version: 1,
    home,
    ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    services: Object.fromEntries(services),
  };
  writeJson(paths.houseFile, house);
  return house;
}

/** Ends what a launcher that is gone has left running; refuses what a living one looks after. */
async function clearInstance(paths: HomePaths, instance: string, me: ProcessIdentity): Promise<void> {
  const record = readJson<ServiceRecord>(paths.serviceFile(instance));
  if (record === undefined) return;
  if (record.process !== undefined && isAlive(record.process)) {
    if (isAlive(record.supervisor) && record.supervisor.pid !== me.pid) {
      throw new Error(
        `${instance} runs already, looked after by process ${record.supervisor.pid}: end that first (kairos down)`,
      );
    }
    await end(record.process);
  }
  rmSync(paths.serviceFile(instance), { force: true });
}

function whoAmI(): ProcessIdentity {
  const me = identify(process.pid);
  if (me === undefined) throw new Error('cannot read my own entry in the process table');
  return me;
}

/** The services of one launcher by the names of their instances. */
class Crew {
  readonly #options: ServicesOptions;
  readonly #paths: HomePaths;
  readonly #ports: PortBook;
  readonly #supervisor = whoAmI();
  readonly #members = new Map<string, ServiceProcess>();

  constructor(options: ServicesOptions) {
    this.#options = options;
    this.#paths = ensureHome(options.stack.home);
    this.#ports = portBook(this.#paths.portsFile);
  }

  get members(): readonly ServiceProcess[] {
    return [...this.#members.values()];
  }

  member(instance: string): ServiceProcess {
    const service = this.#members.get(instance);
    if (service !== undefined) return service;
    throw new Error(`no service "${instance}" here; there are: ${[...this.#members.keys()].join(', ') || 'none'}`);
  }

  /** The one of that name, else a new one; not started yet. */
  async memberFor(spec: ServiceSpec): Promise<ServiceProcess> {
    return this.#members.get(spec.instance) ?? (await this.#add(spec));
  }

  async #add(spec: ServiceSpec): Promise<ServiceProcess> {
    const { instance } = spec;
    const { stack, env = {}, reporter = stderrReporter } = this.#options;
    const entry = spec.entry ?? serviceEntry(serviceName(instance));
    if (!existsSync(entry)) throw new Error(`${instance}: ${entry} is missing: build first (npm run build)`);
    await clearInstance(this.#paths, instance, this.#supervisor);
    const port = await this.#ports.choose(`service:${instance}`, spec.port);
    const plan: ServicePlan = {
      instance,
      entry,
      port,
      env: serviceEnvironment({ port, instance }, stack.env, env, spec.env ?? {}),
      readyTimeoutMs: this.#options.readyTimeoutMs ?? 120_000,
      stopGraceMs: this.#options.stopGraceMs ?? 30_000,
    };
    const changed = () => void writeHouse(stack.home, stack.env);
    const service = new ServiceProcess(plan, { paths: this.#paths, supervisor: this.#supervisor, reporter, changed });
    this.#members.set(instance, service);
    return service;
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map(async (service) => await service.stop()));
    for (const { plan } of this.members) {
      release(plan.port);
      rmSync(this.#paths.serviceFile(plan.instance), { force: true });
    }
    writeHouse(this.#options.stack.home, this.#options.stack.env);
  }
}

/** Starts the services and keeps them alive while this process lives; resolves when all are ready. */
export async function startServices(options: ServicesOptions): Promise<RunningServices> {
  const crew = new Crew(options);
  const giveUp = () => void crew.stop();
  options.signal?.addEventListener('abort', giveUp, { once: true });
  try {
    for (const spec of options.services) await crew.memberFor(spec);
    options.signal?.throwIfAborted();
    await Promise.all(crew.members.map(async (service) => await service.start()));
  } catch (error) {
    await crew.stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
  return {
    url: (instance) => crew.member(instance).url,
    list: () => crew.members.map(({ record }) => record),
    startService: async (which) => {
      const service = typeof which === 'string' ? crew.member(which) : await crew.memberFor(which);
      await service.start();
    },
    stopService: async (instance) => await crew.member(instance).stop(),
    killService: async (instance, how) => await crew.member(instance).kill(how),
    untilReady: async (instance) => await crew.member(instance).untilReady(),
    stop: async () => await crew.stop(),
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { planServices, publishPlaybook, type ServiceName } from '@kairos/cli';
import {
  homePaths,
  loadOrCreateSecrets,
  type RunningServices,
  type RunningStack,
  type Secrets,
  type ServiceSpec,
  silentReporter,
  startServices,
  startStack,
  stopStack,
} from '@kairos/local-stack';
import { connectKafka, createSerde, createWalkTopics } from '@kairos/stream-kit';
import type { OpenLog } from '../history/log.ts';
import { type HousePorts, ownPorts } from './own-ports.ts';
import { emptyParts, openRedis, type Redis } from './parts.ts';
import { TcpProxy } from './tcp-proxy.ts';

export const PARTITIONS = 6;
/** The shortest that a broker allows: a dead process holds its partitions for so long. */
export const SESSION_TIMEOUT_MS = 6_000;

/** A broker that lives for minutes does not earn back what its second compiler costs. */
const BROKER_JAVA = '-XX:TieredStopAtLevel=1';

const playbookFolder = path.resolve(import.meta.dirname, '../../playbook');

/** A service by its instance: `trigger-detector`, or `trigger-detector#2` for a further one. */
export type Instance = ServiceName | `${ServiceName}#${number}`;

export interface ServicesAsked {
  readonly instances: readonly Instance[];
  /** For all of them, on top of what the house plans. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One house for all scenarios of a run: the stack stays, everything in it is emptied between two scenarios. */
export class House {
  readonly home: string;
  readonly secrets: Secrets;
  readonly stack: RunningStack;
  /** Stands before the broker's second listener. */
  readonly door: TcpProxy;
  readonly redis: Redis;
  readonly #stackEnv: NodeJS.ProcessEnv;
  readonly #ports: HousePorts;
  #services: RunningServices | undefined;
  #specs: ReadonlyMap<string, ServiceSpec> = new Map();
  readonly #logs: OpenLog[] = [];

  private constructor(parts: {
    readonly stack: RunningStack;
    readonly door: TcpProxy;
    readonly stackEnv: NodeJS.ProcessEnv;
    readonly ports: HousePorts;
  }) {
    this.stack = parts.stack;
    this.home = parts.stack.home;
    this.door = parts.door;
    this.#stackEnv = parts.stackEnv;
    this.#ports = parts.ports;
    this.secrets = loadOrCreateSecrets(this.home);
    this.redis = openRedis(this.stack.address('redis'));
  }

  static async open(): Promise<House> {
    const home = mkdtempSync(path.join(tmpdir(), 'kairos-faults-'));
    const ports = await ownPorts();
    const door = await TcpProxy.open(() => ({ host: '127.0.0.1', port: ports.broker }));
    const stackEnv = {
      ...process.env,
      KAIROS_KAFKA_DOOR: `${ports.broker}:${door.port}`,
      KAIROS_KAFKA_JAVA: process.env.KAIROS_KAFKA_JAVA ?? BROKER_JAVA,
    };
    const stack = await startStack({ home, env: stackEnv, docker: false, reporter: silentReporter });
    return new House({ stack, door, stackEnv, ports });
  }

  /** The address of the broker behind the door. */
  get brokersThroughDoor(): string {
    return `127.0.0.1:${this.door.port}`;
  }

  get services(): RunningServices {
    if (this.#services === undefined) throw new Error('no services run: call startServices first');
    return this.#services;
  }

  /** A connection of its own; closed with the scenario. */
  async openLog(): Promise<OpenLog> {
    const kafka = await connectKafka({ brokers: this.stack.address('kafka'), clientId: 'kairos-faults' });
    const log = { kafka, serde: await createSerde({ registryUrl: this.stack.address('registry') }) };
    this.#logs.push(log);
    return log;
  }

  /** Empties broker, Redis, Postgres and local copies, makes the topics anew and publishes the playbook. */
  async begin(): Promise<void> {
    rmSync(path.join(homePaths(this.home).data, 'state'), { recursive: true, force: true });
    await emptyParts({
      brokers: this.stack.address('kafka'),
      database: this.stack.address('postgres'),
      redis: this.redis,
    });
    const log = await this.openLog();
    await createWalkTopics(log.kafka, { partitions: PARTITIONS });
    await publishPlaybook(log, { folder: playbookFolder, timeScale: 1, publishedBy: 'faults' });
  }

  async startServices({ instances, env = {} }: ServicesAsked): Promise<RunningServices> {
    const plan = new Map(
      planServices(this.stack, this.secrets, this.#ports.services).map((spec) => [spec.instance, spec]),
    );
    this.#specs = plan;
    const specs = instances.map((instance) => this.#specOf(instance));
    this.#services = await startServices({
      stack: this.stack,
      services: specs,
      reporter: silentReporter,
      env: {
        KAIROS_PARTITIONS: String(PARTITIONS),
        KAFKA_SESSION_TIMEOUT: `${SESSION_TIMEOUT_MS}ms`,
        ...env,
      },
    });
    return this.#services;
  }

  /** One more instance while the others run. */
  async add(instance: Instance): Promise<void> {
    await this.services.startService(this.#specOf(instance));
  }

  #specOf(instance: Instance): ServiceSpec {
    const spec = this.#specs.get(instance) ?? this.#specs.get(instance.split('#')[0] ?? '');
    if (spec === undefined) throw new Error(`no service ${instance}`);
    return spec.instance === instance ? spec : { instance, ...(spec.env === undefined ? {} : { env: spec.env }) };
  }

  /** The process of an instance, for signals that a launcher does not send. */
  pidOf(instance: string): number {
    const record = this.services.list().find((one) => one.instance === instance);
    if (record?.process === undefined) throw new Error(`${instance} does not run`);
    return record.process.pid;
  }

  /** kill -9, and up again at once. Resolves when the process is gone and its follower spawned. */
  async killAndRestart(instance: string): Promise<void> {
    await this.services.killService(instance, { restart: false });
    void this.services.startService(instance).catch(() => undefined);
    await delay(50);
  }

  /** kill -9 of the broker; it stays down. */
  async killBroker(): Promise<void> {
    const pid = this.stack.parts.kafka?.process?.pid;
    const now = this.#brokerPid ?? pid;
    if (now === undefined) throw new Error('the broker is not a process of ours');
    process.kill(now, 'SIGKILL');
    for (let left = 100; left > 0 && isAlive(now); left -= 1) await delay(20);
  }

  #brokerPid: number | undefined;

  /** The broker again, on its data, at its port. */
  async restartBroker(): Promise<void> {
    const stack = await startStack({
      home: this.home,
      parts: ['kafka'],
      env: this.#stackEnv,
      docker: false,
      reporter: silentReporter,
    });
    this.#brokerPid = stack.parts.kafka?.process?.pid;
  }

  /** Ends the services and the connections of a scenario. */
  async end(): Promise<void> {
    await this.#services?.stop();
    this.#services = undefined;
    for (const { kafka } of this.#logs.splice(0)) await kafka.close().catch(() => undefined);
  }

  async close(options: { readonly keep: boolean }): Promise<void> {
    await this.end();
    this.redis.disconnect();
    if (options.keep) return;
    await stopStack(this.home, this.#stackEnv);
    await this.door.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

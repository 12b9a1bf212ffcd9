import type { PlaybookRecord } from '@kairos/contracts';
import { serde } from '../house/serde.ts';
import { Random } from '../random.ts';
import { Violation } from '../violation.ts';
import { Channel } from './channel.ts';
import { Clients } from './clients.ts';
import { Cluster, type Log } from './cluster.ts';
import { Groups } from './groups.ts';
import { Processes } from './processes.ts';
import { VirtualTime } from './virtual-time.ts';
import { drawWeather, type Weather } from './weather.ts';

export const PARTITIONS = 3;
/** A moment like any other; far from zero, so that a forgotten time shows. */
export const START_MS = Date.UTC(2026, 5, 3, 10);

/** Counts of what happened, to see that the schedules reach what they are there for. */
export type Stats = Record<string, number>;

/** The whole house on one virtual clock, and everything that can go wrong around it. */
export class World {
  readonly random: Random;
  readonly time = new VirtualTime(START_MS);
  readonly cluster: Cluster;
  readonly groups: Groups;
  readonly clients: Clients;
  readonly channel: Channel;
  readonly weather: Weather;
  readonly stats: Stats = {};
  readonly processes: Processes;
  readonly #stalled = new Map<Log, number>();
  #publications = 0;
  /** Of the playbook that was published last. */
  latestVersion = '';

  constructor(seed: number, weather: Partial<Weather> = {}) {
    this.random = new Random(seed);
    this.weather = { ...drawWeather(this.random), ...weather };
    this.cluster = new Cluster(PARTITIONS, () => this.time.nowMs);
    this.groups = new Groups(this.cluster);
    this.clients = new Clients(this.random, this.cluster, this.weather);
    this.channel = new Channel(this.random, this.cluster);
    const count = (what: string): void => this.count(what);
    const machines = { cluster: this.cluster, coordinator: this.groups, count };
    this.processes = new Processes({ time: this.time, random: this.random, weather: this.weather, machines });
  }

  /** One step of the schedule. */
  async turn(): Promise<void> {
    const { random } = this;
    await this.#age();
    const chance = random.next();
    if (random.chance(this.weather.disturbance)) this.#disturb();
    else if (random.chance(this.weather.activity)) this.clients.act(this.time.nowMs);
    else if (chance < 0.16) this.advance(random.int(1, this.weather.stepMs));
    else if (chance < 0.21) this.groups.share(random);
    else if (chance < 0.25) {
      if (random.chance(this.weather.channel)) this.channel.step(this.time.nowMs);
    } else if (chance < 0.28) await this.#follow();
    else if (chance < 0.56) this.#produce();
    else if (this.#deliver() && random.chance(0.5)) {
      await this.settle();
      this.#produce();
    }
    await this.settle();
  }

  /** Brings everything to rest: nobody is disturbed any more, all processes run, and time goes on until nothing is due. */
  async drain(untilMs: number): Promise<void> {
    this.groups.endZombies();
    this.#stalled.clear();
    this.clients.arriveAll();
    for (let round = 0; round < 400; round += 1) {
      await this.processes.startAll();
      while (this.groups.share(this.random)) await this.settle();
      await this.#rest();
      if (this.time.nowMs >= untilMs && this.#isQuiet(untilMs)) return;
      this.advance(1_600);
    }
    throw new Violation('quiet', 'the house never comes to rest');
  }

  stopAll(): Promise<void> {
    return this.processes.stopAll(() => this.settle());
  }

  advance(ms: number): void {
    this.time.advanceTo(this.time.nowMs + ms);
    this.clients.arrive(this.time.nowMs);
  }

  async settle(): Promise<void> {
    await this.time.settle();
    if (this.processes.violation !== undefined) throw this.processes.violation;
  }

  publish(edition: 'one' | 'two'): void {
    this.#publications += 1;
    const version = `${edition}-${this.#publications}`;
    this.latestVersion = version;
    const log = this.cluster.log('playbook.published', 0);
    const put = (key: string, value: PlaybookRecord): void => {
      const record = { topic: log.topic, key, value: serde.encode('playbook.published', value) };
      this.cluster.append(log, [record]);
    };
    const activation = { version, definitions: [], timeScale: 1, publishedAtMs: this.time.nowMs, publishedBy: 'world' };
    put(`activation@${version}`, { definition: null, activation });
    this.count('published');
  }

  count(what: string, by = 1): void {
    this.stats[what] = (this.stats[what] ?? 0) + by;
  }

  async #age(): Promise<void> {
    this.groups.age();
    for (const [log, turns] of this.#stalled) {
      if (turns <= 1) this.#stalled.delete(log);
      else this.#stalled.set(log, turns - 1);
    }
    await this.processes.age();
  }

  #disturb(): void {
    const { random, weather } = this;
    const { crash, move, publish, stall, breakOff, compact } = weather;
    let chance = random.next() * (crash + move + publish + stall + breakOff + compact);
    const isNext = (weight: number): boolean => {
      chance -= weight;
      return chance < 0;
    };
    if (isNext(crash)) {
      this.processes.crash();
      this.count('crashes');
    } else if (isNext(move)) {
      const isZombie = random.chance(weather.zombies);
      this.count(isZombie ? 'zombies' : 'moved');
      this.groups.move(random, isZombie ? random.int(5, weather.zombieTurns) : 0);
    } else if (isNext(publish)) this.publish(random.of('one', 'two'));
    else if (isNext(stall)) {
      const topic = random.of('events.identified', 'events.enriched', random.pick(this.cluster.topics) ?? '');
      const log = random.pick(this.cluster.logs(topic));
      if (log !== undefined) this.#stalled.set(log, random.int(5, 120));
      this.count('stalls');
    } else if (isNext(breakOff)) {
      random.pick(this.processes.producers.filter(({ isWaiting }) => isWaiting))?.breakOff();
      this.count('answers lost');
    } else this.#compact();
  }

  #compact(): void {
    const topic = this.random.pick(this.cluster.topics.filter((name) => name.endsWith('.changelog'))) ?? '';
    for (const log of this.cluster.logs(topic)) this.cluster.compact(log, this.random.chance(0.5));
    this.count('compactions');
  }

  #produce(): boolean {
    const waiting = this.processes.producers.filter((one) => one.isWaiting);
    return this.random.pick(waiting)?.step(this.random, (log) => this.#stalled.has(log)) ?? false;
  }

  #deliver(): boolean {
    const { random } = this;
    const consumers = this.processes.machines.flatMap((machine) =>
      machine.port.consumers.map((consumer) => ({ machine, consumer })),
    );
    const one = random.pick(consumers.filter(({ consumer }) => consumer.hungry().length > 0));
    const partition = random.pick(one?.consumer.hungry() ?? []);
    if (one === undefined || partition === undefined) return false;
    this.time.owner = one.machine;
    one.consumer.deliver(partition, random.int(1, this.weather.batch));
    return true;
  }

  /** News of the playbook reach one process. */
  async #follow(): Promise<void> {
    const behind = this.processes.machines.flatMap(({ port }) => port.followers.filter(({ isBehind }) => isBehind));
    await this.random.pick(behind)?.catchUp();
  }

  /** Everything that is on the logs is read, and everything that is written has landed. */
  async #rest(): Promise<void> {
    for (let round = 0; round < 5_000; round += 1) {
      let isBusy = false;
      for (const { port } of this.processes.machines) {
        for (const follower of port.followers) if (follower.isBehind) await follower.catchUp();
        for (const producer of port.producers) if (producer.flush()) isBusy = true;
        for (const consumer of port.consumers) {
          for (const partition of consumer.hungry()) {
            consumer.deliver(partition, 50);
            isBusy = true;
          }
          if (!consumer.isAtRest) isBusy = true;
        }
      }
      while (this.channel.isBehind) this.channel.step(this.time.nowMs);
      await this.settle();
      if (!isBusy) return;
    }
    throw new Violation('quiet', 'records go round without end');
  }

  #isQuiet(untilMs: number): boolean {
    const statuses = this.processes.machines.flatMap(({ stages }) =>
      [...stages].flatMap(([name, stage]) => stage.status().map((status) => ({ name, status }))),
    );
    const last = statuses.filter(({ name }) => name === 'arbitration');
    return (
      this.groups.isComplete &&
      last.length === PARTITIONS &&
      last.every(({ status }) => status.timeMs >= untilMs - 4_000)
    );
  }
}

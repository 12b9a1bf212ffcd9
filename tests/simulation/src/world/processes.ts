import { type LocalCopies, memoryCopies } from '@kairos/stream-kit';
import { Machine, type MachineOptions, type ServiceName } from '../house/machine.ts';
import type { Random } from '../random.ts';
import { Violation } from '../violation.ts';
import { AnswerLost, type SimProducer } from './producer.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Weather } from './weather.ts';

/** A place where a process of a service runs, or will run again. */
interface Slot {
  readonly name: string;
  readonly service: ServiceName;
  /** What this place keeps while its processes come and go; without, each start is a cold one. */
  readonly disk: LocalCopies | undefined;
  machine: Machine | undefined;
  downTurns: number;
}

/** Producers of dead processes whose last requests are still under way. */
interface Ghost {
  readonly producers: readonly SimProducer[];
  turnsLeft: number;
}

interface Surroundings {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly weather: Weather;
  readonly machines: Pick<MachineOptions, 'cluster' | 'coordinator' | 'count'>;
}

const services: readonly ServiceName[] = ['profile-enricher', 'trigger-detector', 'arbitration'];

/** Starts processes, ends them in every way, and starts them again. */
export class Processes {
  readonly #around: Surroundings;
  readonly #slots: readonly Slot[];
  #ghosts: Ghost[] = [];
  /** A process ended itself without a reason that the simulation gave it. */
  violation: Violation | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#slots = services.flatMap((service) =>
      [1, 2].map((number) => ({
        name: `${service}-${number}`,
        service,
        disk: around.random.chance(around.weather.disks) ? memoryCopies() : undefined,
        machine: undefined,
        downTurns: 0,
      })),
    );
  }

  get machines(): readonly Machine[] {
    return this.#slots.flatMap(({ machine }) => machine ?? []);
  }

  /** Everyone who may still write: living processes, and those whose requests outlive them. */
  get producers(): readonly SimProducer[] {
    const living = this.machines.flatMap(({ port }) => port.producers);
    return [...living, ...this.#ghosts.flatMap(({ producers }) => producers)];
  }

  /** A turn goes by. */
  async age(): Promise<void> {
    for (const ghost of this.#ghosts) ghost.turnsLeft -= 1;
    this.#ghosts = this.#ghosts.filter(({ turnsLeft }) => turnsLeft > 0);
    for (const slot of this.#slots) {
      slot.downTurns -= 1;
      if (slot.machine === undefined && slot.downTurns <= 0) await this.#start(slot);
    }
  }

  async startAll(): Promise<void> {
    for (const slot of this.#slots) if (slot.machine === undefined) await this.#start(slot);
  }

  /** Somebody dies: kill -9. */
  crash(): void {
    const { random, weather } = this.#around;
    const slot = random.pick(this.#slots.filter(({ machine }) => machine !== undefined));
    if (slot === undefined) return;
    const producers = slot.machine?.port.producers ?? [];
    this.#bury(slot);
    slot.downTurns = random.chance(weather.longDown) ? random.int(60, 250) : random.int(0, 15);
    if (random.chance(weather.ghosts)) this.#ghosts.push({ producers, turnsLeft: random.int(1, 30) });
  }

  /** Power is gone everywhere. */
  killAll(): void {
    for (const slot of this.#slots) this.#bury(slot);
    this.#ghosts = [];
  }

  /** Every process is stopped as it should be: its last cuts are written. */
  async stopAll(settle: () => Promise<void>): Promise<void> {
    for (const slot of this.#slots) {
      const { machine } = slot;
      if (machine === undefined) continue;
      this.#around.time.owner = machine;
      let isStopped = false;
      void machine.stop().then(() => {
        isStopped = true;
      });
      for (let round = 0; !isStopped && round < 100; round += 1) {
        await settle();
        for (const producer of machine.port.producers) producer.flush();
      }
      if (!isStopped) throw new Violation('quiet', `${machine.options.name} does not stop`);
      this.#bury(slot);
    }
  }

  #bury(slot: Slot): void {
    const { machine } = slot;
    if (machine === undefined) return;
    machine.die();
    this.#around.time.forget(machine);
    slot.machine = undefined;
  }

  /** One at a time, so that its timers are known to be its own. */
  async #start(slot: Slot): Promise<void> {
    const { time, weather, machines } = this.#around;
    const { service, name, disk } = slot;
    const { cutEveryMs, tickEveryMs, pieces } = weather;
    const onEnd = (machine: Machine, error: Error): void => this.#ended(slot, machine, error);
    const machine = new Machine({ name, service, disk, ...machines, cutEveryMs, tickEveryMs, pieces, onEnd });
    slot.machine = machine;
    time.owner = machine;
    machine.start().catch((error: unknown) => this.#ended(slot, machine, error));
    await time.settle();
  }

  /** Crash-only: after an indefinite answer a process ends itself. For any other reason it must not. */
  #ended(slot: Slot, machine: Machine, error: unknown): void {
    if (slot.machine !== machine) return;
    if (!(error instanceof AnswerLost)) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.violation ??= new Violation('alive', `${slot.name} ended itself: ${text}`);
    }
    this.#bury(slot);
    slot.downTurns = 1;
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { Findings, type Promised } from '../checker/findings.ts';
import { SESSION_TIMEOUT_MS } from '../house/house.ts';
import { ownedBy, ownersOf } from '../house/owners.ts';
import { workOf, works } from './groups.ts';
import { liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

/** A process that is paused longer than the session timeout wakes up and believes that its partitions are its own. */
export const zombies: Scenario = {
  name: 'zombies',
  about: 'SIGSTOP beyond the session timeout, another instance takes over, SIGCONT',
  async run(context) {
    const { short, events } = context;
    return await liveRun(context, {
      instances: works.flatMap(({ service }) => [service, `${service}#2`] as const),
      load: {
        persons: short ? 400 : 2_000,
        eventsPerS: short ? 150 : 400,
        ...(events === undefined ? {} : { events }),
      },
      during: async ({ load }) => {
        const zombie = new Zombies(context);
        for (let round = 1; round <= (short ? 2 : 10); round += 1) {
          context.say(`zombies, round ${round}; ${load.sent()} events sent`);
          await zombie.round(round);
        }
        return [zombie.told()];
      },
    });
  },
};

/** Pauses one process of every service at once, round after round. */
export class Zombies {
  readonly #context: ScenarioContext;
  readonly #findings = new Findings('zombies');
  #rounds = 0;
  #taken = 0;

  constructor(context: ScenarioContext) {
    this.#context = context;
  }

  /** One process of each service at the same time; the other of the two in the next round. */
  async round(number: number): Promise<void> {
    const { house, random } = this.#context;
    await this.#untilAllReady();
    await delay(random.between(300, 1_500));
    const paused = works.map(({ service }) => (number % 2 === 1 ? service : `${service}#2`));
    const held = await Promise.all(paused.map((instance) => this.#heldBy(instance)));
    const pids = paused.map((instance) => house.pidOf(instance));
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await delay(SESSION_TIMEOUT_MS + 2_500);
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    await delay(1_500);
    this.#rounds += 1;
    this.#taken += held.reduce((sum, partitions) => sum + partitions.length, 0);
  }

  /** Partitions of a process that is about to be paused. */
  async #heldBy(instance: string): Promise<readonly number[]> {
    const { services } = this.#context.house;
    const url = services.url(instance);
    const { task } = workOf(instance.split('#')[0] ?? '');
    return ownedBy(await ownersOf(task, [url]), url);
  }

  async #untilAllReady(): Promise<void> {
    const { house } = this.#context;
    await until('every process is ready again', 60_000, () =>
      house.services.list().every(({ state }) => state === 'ready'),
    );
  }

  told(): Promised {
    if (this.#taken === 0) this.#findings.add('slow', 'no paused process held a partition: nothing was shown');
    return {
      promise: 'a process that wakes up after its partitions were taken changes nothing',
      findings: this.#findings.all,
      figures: {
        rounds: this.#rounds,
        pauses: this.#rounds * works.length,
        'partitions taken from sleepers': this.#taken,
      },
    };
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { Findings, type Promised } from '../checker/findings.ts';
import { PARTITIONS, SESSION_TIMEOUT_MS } from '../house/house.ts';
import { ownedBy, ownersOf } from '../house/owners.ts';
import { type Work, works } from './groups.ts';
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

/** Nobody waits longer for a group to settle. */
const HOLDS_MS = 60_000;

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
    const pairs = works.map((work) => {
      const both = [work.service, `${work.service}#2`];
      const [sleeper = '', other = ''] = number % 2 === 1 ? both : both.toReversed();
      return { work, sleeper, other };
    });
    await until('both processes of each service hold partitions', HOLDS_MS, async () => {
      const held = await Promise.all(
        pairs.flatMap(({ work, sleeper, other }) => [this.#heldBy(work, sleeper), this.#heldBy(work, other)]),
      );
      return held.every(({ length }) => length > 0);
    });
    await delay(random.between(100, 1_000));
    const held = await Promise.all(pairs.map(({ work, sleeper }) => this.#heldBy(work, sleeper)));
    const pids = pairs.map(({ sleeper }) => house.pidOf(sleeper));
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await delay(SESSION_TIMEOUT_MS);
      await until('the others have taken over all partitions of the sleepers', HOLDS_MS, async () => {
        const taken = await Promise.all(pairs.map(({ work, other }) => this.#heldBy(work, other)));
        return taken.every(({ length }) => length === PARTITIONS);
      });
      // They have begun to work on what they took over.
      await delay(random.between(300, 1_000));
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    this.#rounds += 1;
    this.#taken += held.reduce((sum, partitions) => sum + partitions.length, 0);
  }

  /** Partitions that a process has the care of. */
  async #heldBy({ task }: Work, instance: string): Promise<readonly number[]> {
    const url = this.#context.house.services.url(instance);
    return ownedBy(await ownersOf(task, [url]), url);
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

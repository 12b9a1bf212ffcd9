import { declaredSources } from '@kairos/stream-kit';
import { JOURNEY_MS, LONGEST_MS } from './house/playbooks.ts';
import { decoded } from './house/serde.ts';
import { checkCutsStay } from './oracles/cuts.ts';
import { checkDoor, checkFeedback, checkLogs, checkStates, checkStoriesFirst } from './oracles/effects.ts';
import { checkExpiry } from './oracles/expiry.ts';
import { History } from './oracles/history.ts';
import { JourneyOracle } from './oracles/journeys.ts';
import { checkRefused } from './oracles/refused.ts';
import { RestoredState, type States } from './oracles/restored-state.ts';
import { TriggerOracle } from './oracles/triggers.ts';
import { Violation } from './violation.ts';
import type { Weather } from './world/weather.ts';
import { PARTITIONS, START_MS, type Stats, World } from './world/world.ts';

export interface Outcome {
  readonly seed: number;
  /** Over every append of the run: the same seed gives the same. */
  readonly traceHash: string;
  readonly stats: Stats;
  readonly violation?: { readonly oracle: string; readonly message: string };
}

export interface SimulateOptions {
  /** Instead of what the seed draws. */
  readonly weather?: Partial<Weather>;
  /** Told of every record that is appended. */
  readonly say?: ((line: string) => void) | undefined;
}

const LOG_PURE_TOPICS = [
  'events.identified',
  'events.enriched',
  'triggers.detected',
  'messages.proposed',
  'messages.decided',
  'messages.chosen',
];

class Run {
  readonly world: World;
  readonly #history: History;
  readonly #restored: RestoredState;

  constructor(world: World) {
    this.world = world;
    this.#history = new History(world.cluster);
    this.#restored = new RestoredState(world.cluster, this.#history);
    checkCutsStay(world.cluster, this.#history);
  }

  async go(): Promise<void> {
    const { world } = this;
    world.publish('one');
    for (let turn = 0; turn < world.weather.turns; turn += 1) await world.turn();
    await this.#drain();
    // Every machine is lost with what it had not written down.
    world.processes.killAll();
    this.#check(undefined);
    this.#restored.check();
    await this.#drain();
    await world.stopAll();
    this.#check(this.#restored.check());
  }

  /** Until every timer that can be pending has had its time. */
  async #drain(): Promise<void> {
    const { world } = this;
    await world.drain(world.time.nowMs + LONGEST_MS + 6_000);
    // A journey that was late at one wait is as late at the next.
    await world.drain(world.time.nowMs + JOURNEY_MS.pause + 6_000);
  }

  #check(states: States | undefined): void {
    const { world } = this;
    const { expected, refused } = this.#history.expected();
    checkRefused(world.cluster, this.#history, refused);
    this.#history.checkRepeats(LOG_PURE_TOPICS);
    this.#history.checkTicks();
    this.#history.checkTime(declaredSources(PARTITIONS));
    for (const { messageId } of world.clients.sent) {
      if (!expected.has(messageId) && !refused.has(messageId))
        throw new Violation('lost', `${messageId} never came under its own key`);
    }
    const truth = { expected, finalPerson: this.#history.finalPerson() };
    checkLogs(this.#history, truth);
    checkStoriesFirst(this.#history, truth);
    checkDoor(this.#history);
    if (states !== undefined) {
      checkStates(states, truth);
      checkFeedback(states, this.#history, truth);
    }
    this.#history.checkLatestPlaybook(world.latestVersion);
    Object.assign(world.stats, new TriggerOracle(this.#history, truth).check(states));
    Object.assign(world.stats, new JourneyOracle(this.#history).check(states));
    Object.assign(world.stats, checkExpiry(this.#history));
    world.stats.events = expected.size;
    world.stats.aliases = [...expected.values()].filter(({ event }) => event.type === 'alias').length;
    world.stats['aliases refused'] = refused.size;
    world.stats.moves = this.#history.movedPersons().size;
    world.stats.appends = world.cluster.appended;
  }
}

/** Every record as it lands; the state in changelogs is left out. */
function printAppends(world: World, say: (line: string) => void): void {
  world.cluster.listen((records, { topic, partition }) => {
    for (const { offset, value, key } of records) {
      const isChangelog = topic.endsWith('.changelog');
      const text = value === null ? 'null' : isChangelog ? String(key) : JSON.stringify(decoded(topic, value));
      say(`${String(world.time.nowMs - START_MS).padStart(7)} ${topic}/${partition}@${offset} ${text}`);
    }
  });
}

/** One seed: a world, its schedule, everything brought to rest, and all oracles asked; twice, the second time from the logs alone. */
export async function simulate(seed: number, { say, weather = {} }: SimulateOptions = {}): Promise<Outcome> {
  const world = new World(seed, weather);
  if (say !== undefined) printAppends(world, say);
  const uninstall = world.time.install();
  try {
    await new Run(world).go();
    return { seed, traceHash: world.cluster.traceHash, stats: world.stats };
  } catch (error) {
    const { message } = error as Error;
    const oracle = error instanceof Violation ? error.oracle : 'crash';
    const text = error instanceof Violation ? message : ((error as Error).stack ?? message);
    return { seed, traceHash: world.cluster.traceHash, stats: world.stats, violation: { oracle, message: text } };
  } finally {
    uninstall();
  }
}

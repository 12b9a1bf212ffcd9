import { setTimeout as delay } from 'node:timers/promises';
import type { Promised } from '../checker/findings.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

/** The broker dies in the middle of everything and comes back on its data. */
export const brokerKills: Scenario = {
  name: 'broker-kills',
  about: 'kill -9 of the broker under load, and up again on its data',
  async run(context) {
    const { short, events } = context;
    return await liveRun(context, {
      instances: ['profile-enricher', 'trigger-detector', 'arbitration'],
      load: {
        persons: short ? 400 : 2_000,
        eventsPerS: short ? 150 : 400,
        ...(events === undefined ? {} : { events }),
      },
      during: async (run) => [await killBroker(context, run, short ? 1 : 5)],
    });
  },
};

/** Kills the broker so many times, and waits each time until the walk goes on. */
export async function killBroker(
  { house, random, say }: ScenarioContext,
  { proposed, enriched }: LiveRun,
  times: number,
): Promise<Promised> {
  const downS: string[] = [];
  const backS: string[] = [];
  for (let round = 1; round <= times; round += 1) {
    await delay(random.between(1_000, 3_000));
    await house.killBroker();
    const killedMs = Date.now();
    say(`the broker was killed, ${round} of ${times}`);
    await delay(random.between(0, 1_500));
    await house.restartBroker();
    const upMs = Date.now();
    // The walk goes on: what was written after the restart has come through enrich and detect.
    await until('the walk goes on after a broker kill', 90_000, () =>
      [enriched, proposed].every((observer) => observer.timeMs > upMs),
    );
    downS.push(((upMs - killedMs) / 1_000).toFixed(1));
    backS.push(((Date.now() - upMs) / 1_000).toFixed(1));
  }
  return {
    promise: 'after each kill of the broker the walk goes on by itself',
    findings: [],
    figures: { kills: times, 'broker away s': downS.join(' '), 'then walking after s': backS.join(' ') },
  };
}

import type { Promised } from '../checker/findings.ts';
import { killBroker } from './broker-kills.ts';
import { works } from './groups.ts';
import { killAll } from './kills.ts';
import { liveRun } from './live-run.ts';
import { spellsOf, through } from './network.ts';
import { restartTwo, untilSpread } from './rolling.ts';
import type { Scenario } from './scenario.ts';
import { Zombies } from './zombies.ts';

/** One of each fault in one run with one check: the form that npm test and CI run. */
export const mixed: Scenario = {
  name: 'mixed',
  about: 'one of each: kills, a zombie round, a rolling restart, bad weather, a broker kill; one check at the end',
  async run(context) {
    const { house, events } = context;
    house.door.welcome();
    return await liveRun(context, {
      instances: works.flatMap(({ service }) => [service, `${service}#2`] as const),
      env: { KAFKA_BROKERS: house.brokersThroughDoor },
      load: { persons: 400, eventsPerS: 150, ...(events === undefined ? {} : { events }) },
      during: async (run) => {
        const promises: Promised[] = [];
        await untilSpread(context);
        const [work] = works.filter(({ service }) => service === 'trigger-detector');
        if (work !== undefined) promises.push(await restartTwo(context, work, run.log.kafka));
        promises.push(
          await killAll(
            context,
            run,
            works.map(({ service }) => [service, 1] as const),
          ),
        );
        const zombies = new Zombies(context);
        await zombies.round(1);
        promises.push(zombies.told());
        const chosen = spellsOf(true).filter(({ name }) => name === 'a black hole' || name === 'resets');
        for (const spell of chosen) {
          promises.push(await through(context, run, { link: 'the broker', proxy: house.door, spell }));
        }
        promises.push(await killBroker(context, run, 1));
        return promises;
      },
    });
  },
};

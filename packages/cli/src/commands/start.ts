import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { findHouse } from '../house/find.ts';
import { watchFirstMessage } from '../house/first-message.ts';
import { CollectorClient } from '../house/send.ts';
import { startHouse } from '../house/start.ts';
import { playForever } from '../shop/live.ts';
import { colours, openTerminal, type Terminal } from '../terminal.ts';

/** One hour of the playbook is a minute here, so that somebody who looks for five minutes sees it all. */
const DEMO_TIME_SCALE = 60;
const NEW_CUSTOMER_EVERY_MS = 1_200;

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('the house with a live stream of customers (what npm start runs)')
    .option('--time-scale <n>', 'divide every duration of the playbook by n', Number, DEMO_TIME_SCALE)
    .option('--seed <n>', 'seed of the simulated customers', Number, 7)
    .addHelpText('after', '\nExamples:\n  npm start\n  kairos start --time-scale 3600')
    .action(async (options: { timeScale: number; seed: number }) => {
      const terminal = openTerminal(false);
      const startedMs = performance.now();
      const up = await startHouse({ detach: false, stackOnly: false, timeScale: options.timeScale, terminal });
      const house = await findHouse(up.stack.home);
      printWhereToLook(terminal, {
        seconds: (performance.now() - startedMs) / 1000,
        timeScale: options.timeScale,
        house,
      });
      const stop = new AbortController();
      const clients = {
        server: new CollectorClient(house.url('collector'), house.secrets.writeKeys.demo, { connections: 8 }),
        browser: new CollectorClient(house.url('collector'), house.secrets.writeKeys.browser, { connections: 8 }),
      };
      const shop = playForever(clients, {
        seed: options.seed,
        // A person of an earlier run is never met again: ids carry the run.
        runId: `shop${Date.now().toString(36)}${randomInt(36).toString(36)}`,
        hourMs: 3_600_000 / options.timeScale,
        everyMs: NEW_CUSTOMER_EVERY_MS,
        signal: stop.signal,
        onStory: () => {},
        onProblem: (problem) => terminal.line(colours.yellow(`a customer was lost on the way: ${String(problem)}`)),
      });
      void watchFirstMessage(house, { terminal, startedMs, signal: stop.signal });
      process.exitCode = await up.finished;
      stop.abort();
      await shop;
      await Promise.all([clients.server.close(), clients.browser.close()]).catch(() => undefined);
    });
}

interface Where {
  readonly seconds: number;
  readonly timeScale: number;
  readonly house: Awaited<ReturnType<typeof findHouse>>;
}

function printWhereToLook(terminal: Terminal, { seconds, timeScale, house }: Where): void {
  const consoleUrl = house.url('console');
  const scale =
    timeScale === 1
      ? ''
      : `  durations of the playbook run ${timeScale} times faster: 1 h, here ${Math.round(36000 / timeScale / 6) / 100} min\n`;
  terminal.line(`
${colours.bold('Kairos is ready')} after ${seconds.toFixed(1)} s. A shop with simulated customers is sending events.

  ${colours.bold('console')}   ${consoleUrl}   log in with ${colours.bold(house.secrets.consoleAdminPassword)}
  ${colours.bold('mailbox')}   ${consoleUrl}/mailbox
  ${colours.bold('people')}    ${consoleUrl}/people   (pick one: everything that happened, and why)
${scale}
Next:
  npm run kairos -- explain <person>              why did somebody get a message, or not
  npm run kairos -- playbook describe playbook    every rule as a sentence
  curl -u ${house.secrets.writeKeys.server}: ${house.url('collector')}/v1/track -d '{"userId":"me","event":"Order Completed","properties":{"total":42}}'

Ctrl-C stops everything; the data stay in ${house.home}.
`);
}

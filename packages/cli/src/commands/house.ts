import { defaultHome, down, status } from '@kairos/local-stack';
import { type Command, Option } from 'commander';
import { startHouse } from '../house/start.ts';
import { colours, openTerminal } from '../terminal.ts';

const timeScale = (): Option =>
  new Option('--time-scale <n>', 'divide every duration of the playbook by n (demo only)').argParser(Number).default(1);

export function registerHouse(program: Command): void {
  program
    .command('up')
    .description('start the local stack and all services; publish the starter playbook if none is live')
    .option('--detach', 'leave it running in the background')
    .option('--stack-only', 'only the parts (Kafka, registry, Redis, Postgres, mailbox, SMS gateway), no services')
    .addOption(timeScale())
    .addHelpText('after', '\nExamples:\n  kairos up\n  kairos up --detach\n  kairos up --detach --time-scale 60')
    .action(async (options: { detach?: boolean; stackOnly?: boolean; timeScale: number }) => {
      const house = await startHouse({
        detach: options.detach === true,
        stackOnly: options.stackOnly === true,
        timeScale: options.timeScale,
        terminal: openTerminal(false),
      });
      process.exitCode = await house.finished;
    });

  program
    .command('down')
    .description('stop services and stack; the data stay')
    .addHelpText('after', '\nExample:\n  kairos down')
    .action(async () => {
      await down(defaultHome());
      openTerminal(false).line('The house is down. Its data stay; kairos up starts it again.');
    });

  program
    .command('status')
    .description('what runs, where, and whether it is ready')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  kairos status\n  kairos status --json')
    .action(async (options: { json?: boolean }) => {
      const terminal = openTerminal(options.json === true);
      const house = await status(defaultHome());
      if (options.json === true) return terminal.data(house);
      const rows = [
        ...house.parts.map((part) => [part.name, part.picked, part.address, part.ready] as const),
        ...house.services.map((service) => [service.instance, service.state, service.url, service.ready] as const),
      ];
      if (rows.length === 0)
        return terminal.line(`Nothing runs in ${house.home}: start it with npm start, or kairos up.`);
      for (const [name, how, where, ready] of rows) {
        terminal.line(`${ready ? colours.green('●') : colours.red('○')} ${name.padEnd(20)} ${how.padEnd(10)} ${where}`);
      }
    });
}

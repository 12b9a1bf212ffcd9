import { parseArgs } from 'node:util';
import { longForm, scenarios, shortForm } from './scenarios/index.ts';

export interface Options {
  readonly only: readonly string[];
  readonly short: boolean;
  readonly seed: number;
  readonly events: number | undefined;
  readonly json: boolean;
  readonly keep: boolean;
  /** Several houses at the same time, see `longRounds`. */
  readonly lanes: boolean;
}

export const usage =
  (): string => `pnpm test:faults                      every scenario, in the long form (npm run test:faults)

  --only <names>   some of them, parted by commas, one after the other in one house
  --in-turn        all of them like that; without it, and without --only, two houses stand beside each other, then one alone
  --short          fewer faults, shorter outages; without --only just "mixed", which npm test and CI run
  --seed <n>       of the shop's customers and of the faults' moments (default 7)
  --events <n>     instead of each scenario's own number
  --json           the findings and figures as JSON, on standard output
  --keep           leaves the stack up and its home for looking around; prints where. Runs in turn
  --help           this

Scenarios:
${scenarios.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join('\n')}

Examples:
  pnpm test:faults --only kills --events 50000
  pnpm test:faults --short --only kills,zombies --seed 11
  pnpm test:faults --short --json > faults.json

The last line is "N passed, N failed"; a promise that was broken makes it end with 1.`;

/** What the command line asks for; a sentence when it makes no sense, `help` when that is asked. */
export function readOptions(args: readonly string[]): Options | 'help' | { readonly fault: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        short: { type: 'boolean', default: false },
        seed: { type: 'string', default: '7' },
        events: { type: 'string' },
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        'in-turn': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const names = scenarios.map(({ name }) => name);
    const all = values.short ? shortForm : longForm;
    const only = values.only?.split(',') ?? all.map(({ name }) => name);
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined)
      return { fault: `--only: there is no scenario "${unknown}"; there are ${names.join(', ')}` };
    return {
      only,
      short: values.short,
      seed: wholeNumber('--seed', values.seed),
      events: values.events === undefined ? undefined : wholeNumber('--events', values.events),
      json: values.json,
      keep: values.keep,
      lanes: values.only === undefined && !values.short && !values.keep && !values['in-turn'],
    };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) };
  }
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${name} takes a whole number, not "${text}"`);
}

import type { Command } from 'commander';
import { findHouse } from '../house/find.ts';
import { CollectorClient } from '../house/send.ts';
import { type ImportCall, readOnlineRetail } from '../import/online-retail.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

const BATCH = 50;
const LANES = 4;

export function registerImport(program: Command): void {
  const command = program
    .command('import')
    .description('bring history in through the collector; it never starts a conversation');
  command
    .command('online-retail <folder>')
    .description('the UCI Online Retail data: one event per invoice')
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', '\nExample:\n  kairos import online-retail ./online-retail')
    .action(async (folder: string, options: { json?: boolean }) => {
      const terminal = openTerminal(options.json === true);
      const house = await findHouse();
      const calls = await readOnlineRetail(folder, (rows) =>
        terminal.progress(`read ${rows.toLocaleString('en')} rows`),
      );
      const client = new CollectorClient(house.url('collector'), house.secrets.writeKeys.import, LANES);
      const outcome = await sendAll(client, calls, terminal).finally(() => client.close());
      terminal.endProgress();
      if (options.json === true) terminal.data(outcome);
      else
        terminal.line(
          `${outcome.sent} events sent in ${outcome.seconds} s (${outcome.eventsPerSecond}/s), ${outcome.refused} refused.`,
        );
      if (outcome.refused > 0) process.exitCode = 1;
    });
}

interface Outcome {
  readonly sent: number;
  readonly refused: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly events: Readonly<Record<string, number>>;
}

/** Several lanes at a time; a person always travels in the same lane, so that the order of a person's events is kept. */
async function sendAll(client: CollectorClient, calls: readonly ImportCall[], terminal: Terminal): Promise<Outcome> {
  const lanes: ImportCall[][] = Array.from({ length: LANES }, () => []);
  for (const call of calls) lanes[laneOf(call.userId ?? call.anonymousId ?? '')]?.push(call);
  const startedMs = performance.now();
  let sent = 0;
  let refused = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      for (let at = 0; at < lane.length; at += BATCH) {
        const batch = lane.slice(at, at + BATCH);
        const answer = await client.send(batch);
        refused += answer.rejected?.length ?? 0;
        sent += batch.length;
        terminal.progress(`sent ${sent.toLocaleString('en')} of ${calls.length.toLocaleString('en')} events`);
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const events: Record<string, number> = {};
  for (const call of calls) events[call.event] = (events[call.event] ?? 0) + 1;
  return { sent, refused, seconds: Math.round(seconds * 10) / 10, eventsPerSecond: Math.round(sent / seconds), events };
}

function laneOf(id: string): number {
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum = (sum * 31 + id.charCodeAt(at)) >>> 0;
  return sum % LANES;
}

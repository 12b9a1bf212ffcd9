import type { ChosenRecord, Withdrawal } from '@kairos/contracts';
import type { ChannelAdapter, Ledger, NewEntry } from '../ports.ts';
import type { Lane } from './lane.ts';

/** A decoded record of messages.chosen with the trace that it belongs to. */
export interface Chosen {
  readonly record: ChosenRecord;
  readonly traceparent: string | null;
}

export interface ClaimerOptions {
  readonly ledger: Ledger;
  readonly lanes: ReadonlyMap<string, Lane>;
  readonly channels: readonly ChannelAdapter[];
  repeated(count: number): void;
  /** A channel that this version does not know: counted and left. */
  unknownChannel(channel: string): void;
  takeBackFailed(error: unknown): void;
}

/**
 * Claims what was chosen: when it returns, the ledger holds it durably and the lanes know; then the offset may move on.
 * Rejects while the ledger is away: the same records may come again.
 */
export async function claimChosen(chosen: readonly Chosen[], options: ClaimerOptions): Promise<void> {
  const { ledger, lanes } = options;
  const entries: NewEntry[] = [];
  const withdrawals: Withdrawal[] = [];
  for (const { record, traceparent } of chosen) {
    if (record.message !== null) {
      if (lanes.has(record.message.channel)) entries.push({ message: record.message, traceparent });
      else options.unknownChannel(record.message.channel);
    }
    if (record.withdrawal !== null) withdrawals.push(record.withdrawal);
  }
  if (entries.length === 0 && withdrawals.length === 0) return;
  const room = new Map([...lanes].map(([name, lane]) => [name, lane.room]));
  const { mine, repeats } = await ledger.claim({ entries, withdrawals, room });
  if (repeats > 0) options.repeated(repeats);
  for (const lane of lanes.values()) {
    const own = mine.filter(({ message }) => message.channel === lane.name);
    if (own.length > 0) lane.offer(own);
    // What had no room waits in the ledger, and so does what a withdrawal made due.
    if (withdrawals.length > 0 || entries.length - repeats > mine.length) lane.wake();
  }
  for (const withdrawal of withdrawals) await takeBack(withdrawal, options);
}

/** What was handed over to an inbox or a work-list of ours can still be taken out of it. */
async function takeBack(withdrawal: Withdrawal, { channels, takeBackFailed }: ClaimerOptions): Promise<void> {
  for (const channel of channels) {
    try {
      await channel.withdraw?.(withdrawal);
    } catch (error) {
      takeBackFailed(error);
    }
  }
}

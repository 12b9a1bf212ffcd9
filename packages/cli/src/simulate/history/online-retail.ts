import { readOnlineRetail } from '../../import/online-retail.ts';
import type { HistoryEvent } from '../walk.ts';
import type { History } from './history.ts';
import { type CallSource, parseLine } from './parse-line.ts';

const PIECE = 1_000;

/** The UCI Online Retail data, one event per invoice, as `kairos import online-retail` sends it. */
export class OnlineRetailHistory implements History {
  readonly from: string;
  readonly #folder: string;
  readonly #source: CallSource;
  readonly problems: string[] = [];
  unreadable = 0;
  share = 0;

  constructor(folder: string, source: CallSource) {
    this.from = `Online Retail in ${folder}`;
    this.#folder = folder;
    this.#source = source;
  }

  async *read(): AsyncGenerator<readonly HistoryEvent[]> {
    const calls = await readOnlineRetail(this.#folder, () => {});
    for (let at = 0; at < calls.length; at += PIECE) {
      const parsed = calls.slice(at, at + PIECE).map((call) => parseLine(JSON.stringify(call), this.#source));
      const events = parsed.filter((one) => typeof one !== 'string');
      this.unreadable += parsed.length - events.length;
      for (const one of parsed) if (typeof one === 'string' && this.problems.length < 5) this.problems.push(one);
      this.share = Math.min(1, (at + PIECE) / calls.length);
      yield events;
    }
  }
}

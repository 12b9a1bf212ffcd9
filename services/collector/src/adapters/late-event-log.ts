import { errors } from '@kairos/contracts';
import { RetryLaterError } from '@kairos/service-kit';
import type { EventLog } from '../ports.ts';

/** Stands in until the broker was reached for the first time: clients are told to come again, instead of finding nobody. */
export class LateEventLog implements EventLog {
  #log: EventLog | undefined;

  /** From now on `log` takes the events. */
  arrived(log: EventLog): void {
    this.#log = log;
  }

  get trouble(): string | undefined {
    return this.#log === undefined ? 'the broker was not reached yet' : this.#log.trouble;
  }

  async append(...entries: Parameters<EventLog['append']>): Promise<void> {
    if (this.#log === undefined) {
      throw new RetryLaterError('BROKER_UNAVAILABLE', errors.BROKER_UNAVAILABLE.sentence, 2_000);
    }
    await this.#log.append(...entries);
  }
}

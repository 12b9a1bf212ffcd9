import type { Logger } from '../logger.ts';

/** What one generation of a group did to this member's partitions. */
export interface Moved {
  readonly kept: number;
  readonly lost: number;
  readonly fresh: number;
}

/** A generation that this member is in the middle of. */
interface Generation extends Moved {
  readonly heardMs: number;
  readonly joinedMs: number;
}

/** How long each part of a rebalance took this member: one line of the log for each generation, for who looks for a stall. */
export class RebalanceTimes {
  readonly #groupId: string;
  readonly #logger: Logger;
  #heardMs: number | undefined;
  #open: Generation | undefined;

  constructor(groupId: string, logger: Logger) {
    this.#groupId = groupId;
    this.#logger = logger;
  }

  /** A heartbeat was answered with a rebalance, or the first join begins. */
  heard(): void {
    this.#heardMs ??= Date.now();
  }

  joined(moved: Moved): void {
    const nowMs = Date.now();
    this.#open = { ...moved, heardMs: this.#heardMs ?? nowMs, joinedMs: nowMs };
    this.#heardMs = undefined;
  }

  /** What was taken away is revoked, and what is new is open. */
  settled(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { heardMs, joinedMs, ...moved } = open;
    const nowMs = Date.now();
    this.#logger.info(
      { groupId: this.#groupId, ...moved, joinMs: joinedMs - heardMs, settledMs: nowMs - joinedMs },
      'a generation of the group is settled',
    );
  }
}

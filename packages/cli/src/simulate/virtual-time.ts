const DAY_MS = 86_400_000;
/** Birthdays come round every year: the wait for what is still due ends here. */
const LONGEST_WAIT_MS = 90 * DAY_MS;

/** The clock of a rehearsal as its events move it, over all shares. */
export class VirtualTime {
  readonly #untilMs: number;
  firstMs = 0;
  /** The latest event so far, UTC ms. */
  nowMs = 0;
  events = 0;
  /** Events that came when their time was over. */
  late = 0;

  /** `untilMs`: what happens later is left out. */
  constructor(untilMs = Number.POSITIVE_INFINITY) {
    this.#untilMs = untilMs;
  }

  /** When an event of a time comes in: at its time, or now, if that is over. Undefined = it is left out. */
  take(atMs: number): number | undefined {
    if (atMs > this.#untilMs) return undefined;
    if (this.events === 0) {
      this.firstMs = atMs;
      this.nowMs = atMs;
    } else if (atMs < this.nowMs) this.late += 1;
    else this.nowMs = atMs;
    this.events += 1;
    return this.nowMs;
  }

  /** So long what is due after the last event is waited for; `emptyMs`: the time where there was none. */
  latestMs(emptyMs: number): number {
    return (this.events === 0 ? emptyMs : this.nowMs) + LONGEST_WAIT_MS;
  }
}

/** How a task stands, for status, lag and ticks. */
export interface TaskStatus {
  readonly topic: string;
  readonly partition: number;
  /** Next input offset; every output of what lies below is acknowledged. */
  readonly nextOffset: number;
  readonly endOffset: number;
  readonly lag: number;
  /** LogAppendTime of the last record applied, its outputs acknowledged; -1 before any. */
  readonly lastLogTimeMs: number;
  readonly timeMs: number;
  readonly keys: number;
  /** What the state takes in the changelog, deflated. A key that changed since the last cut of all counts each time. */
  readonly stateBytes: number;
  readonly timers: number;
  readonly playbookVersion: string;
}

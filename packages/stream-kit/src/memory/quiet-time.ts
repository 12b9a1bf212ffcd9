import type { TopicName } from '@kairos/contracts';
import type { TaskMeta } from '../task-meta.ts';
import type { TimerIndex } from '../timer-index.ts';

/** What telling the time needs of a task. */
interface Task {
  readonly processor: { readonly input: TopicName };
  readonly meta: TaskMeta;
  readonly timers: TimerIndex;
}

/** Time that is told to the tasks of a house without a record, where nothing is due by then. */
export class QuietTime {
  readonly #tasks: readonly Task[];
  /** When the timers were due that failed or would not end: they are not tried for ever. */
  readonly #givenUp = new Set<number>();

  /** Of these the ones that time has come to by a record. */
  constructor(tasks: readonly Task[]) {
    this.#tasks = tasks.filter(({ meta }) => meta.timeMs >= 0);
  }

  tell(timeMs: number): void {
    for (const { meta } of this.#tasks) meta.timeMs = timeMs;
  }

  /**
   * What the first task of the walk reads that has a timer due by then: there time is to enter as a record. Those before it
   * have nothing to do and are told; those behind hear of it from there.
   */
  tellUntilDue(timeMs: number): TopicName | undefined {
    const first = this.#tasks.find(({ timers }) => (timers.earliest ?? Number.POSITIVE_INFINITY) <= timeMs);
    for (const { processor, meta } of this.#tasks) {
      if (processor.input === first?.processor.input) break;
      meta.timeMs = timeMs;
    }
    return first?.processor.input;
  }

  /** Whether a timer is due at a time that was told already. */
  isOverdue(toldMs: number): boolean {
    for (const { timers } of this.#tasks) {
      const due = timers.earliest;
      if (due !== undefined && due <= toldMs && !this.#givenUp.has(due)) return true;
    }
    return false;
  }

  giveUp(toldMs: number): void {
    for (const { timers } of this.#tasks) {
      const due = timers.earliest;
      if (due !== undefined && due <= toldMs) this.#givenUp.add(due);
    }
  }
}

import type { CollectedEvent } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type PublishedPlaybook } from '@kairos/decisions';
import { createDirectRunner, type DirectRunner } from '@kairos/stream-kit';
import { instantChannel } from '../playbook/instant-channel.ts';
import { decidingStages, identifyStages } from '../playbook/stages.ts';
import type { Tally } from './report/tally.ts';

/** An event of the past, and when it is to come in: UTC ms of virtual time. */
export interface HistoryEvent {
  readonly atMs: number;
  readonly event: CollectedEvent;
}

/** As often as identify tells the time in a running house. */
const TICK_EVERY_MS = 1_000;

/** The key under which an event lies on `events.collected`. */
export const keyOf = ({ anonymousId, userId, email, phone }: CollectedEvent): string =>
  anonymousId ?? userId ?? email ?? phone ?? '';

/**
 * One playbook over events of the past: identify, enrich, detect, arbitrate and journeys as they run live, in virtual time,
 * and a channel that takes over everything at once. Nothing is sent, and nothing is kept but what is remembered of persons.
 */
export class RehearsalWalk {
  readonly #runner: DirectRunner<CompiledPlaybook>;
  readonly #tally: Tally;

  constructor(published: PublishedPlaybook, tally: Tally, startMs: number) {
    this.#tally = tally;
    const runner: DirectRunner<CompiledPlaybook> = createDirectRunner({
      startMs,
      tickEveryMs: TICK_EVERY_MS,
      processors: [...identifyStages(1), ...decidingStages],
      sinks: [instantChannel(() => runner.nowMs)],
      listeners: tally.listeners,
      onError: (error) => tally.refuse(error),
    });
    runner.publish(published.version, compilePlaybook(published));
    this.#runner = runner;
  }

  get nowMs(): number {
    return this.#runner.nowMs;
  }

  /** Takes an event at its time; one whose time is over comes as late news, now. */
  take({ atMs, event }: HistoryEvent): void {
    if (atMs > this.#runner.nowMs) this.#runner.advanceTo(atMs);
    this.#runner.append('events.collected', keyOf(event), event);
  }

  /** Lets time pass until nothing waits any more, and no longer than to `latestMs`. Answers whether nothing waits. */
  finish(latestMs: number): boolean {
    for (let due = this.#runner.nextDueMs; due !== undefined && due <= latestMs; due = this.#runner.nextDueMs) {
      this.#runner.advanceTo(Math.max(due, this.#runner.nowMs));
    }
    return this.#runner.nextDueMs === undefined;
  }

  /** Lets time pass to a moment. */
  advanceTo(ms: number): void {
    if (ms > this.#runner.nowMs) this.#runner.advanceTo(ms);
  }

  /** Persons, each once however many names they have had. */
  get persons(): number {
    return this.#runner.keysOf('enrich') - this.#tally.moved;
  }
}

import type { CollectedEvent } from '@kairos/contracts';
import { type CompiledPlaybook, compilePlaybook, type PublishedPlaybook } from '@kairos/decisions';
import { createDirectRunner, type DirectRunner, type DirectRunnerOptions } from '@kairos/stream-kit/offline';
import { instantChannel } from '../playbook/instant-channel.ts';
import { decidingStages, identifyStages } from '../playbook/stages.ts';

/** An event of the past, and when it is to come in: UTC ms of virtual time. */
export interface HistoryEvent {
  readonly atMs: number;
  readonly event: CollectedEvent;
}

/** Who hears what the stages say. */
export interface Hearer {
  readonly listeners: NonNullable<DirectRunnerOptions<unknown>['listeners']>;
  /** A record that a stage could not take. */
  refuse(error: unknown): void;
}

/** The key under which an event lies on `events.collected`. */
export const keyOf = ({ anonymousId, userId, email, phone }: CollectedEvent): string =>
  anonymousId ?? userId ?? email ?? phone ?? '';

type Processors = DirectRunnerOptions<CompiledPlaybook>['processors'];

/** A playbook and the stages that act by it: values, which any number of walks may share. */
export class Staged {
  readonly version: string;
  readonly playbook: CompiledPlaybook;
  readonly processors: Processors;

  constructor(published: PublishedPlaybook) {
    this.version = published.version;
    this.playbook = compilePlaybook(published);
    this.processors = [...identifyStages(1), ...decidingStages].map(onceMade);
  }
}

/** All walks of a rehearsal have the same topics and listeners, so what a stage is told of one is true of each. */
function onceMade(make: ReturnType<typeof identifyStages>[number]): Processors[number] {
  let made: ReturnType<typeof make> | undefined;
  return (about) => {
    made ??= make(about);
    return made;
  };
}

/**
 * One playbook over events of the past: identify, enrich, detect, arbitrate and journeys as they run live, in virtual time,
 * and a channel that takes over everything at once. Nothing is sent, and nothing is kept but what is remembered of persons.
 */
export class RehearsalWalk {
  readonly #runner: DirectRunner<CompiledPlaybook>;

  constructor({ version, playbook, processors }: Staged, hearer: Hearer, startMs: number) {
    const runner: DirectRunner<CompiledPlaybook> = createDirectRunner({
      startMs,
      tellsQuietly: true,
      processors,
      sinks: [instantChannel(() => runner.nowMs)],
      listeners: hearer.listeners,
      onError: (error) => hearer.refuse(error),
    });
    runner.publish(version, playbook);
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

  /** Persons of whom anything is known, under each name that they have had. */
  get names(): number {
    return this.#runner.keysOf('enrich');
  }
}

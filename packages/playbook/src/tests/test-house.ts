import type { ChosenMessage, CollectedEvent, EnrichedRecord, MessageDecided, TriggerDetected } from '@kairos/contracts';
import type { PublishedPlaybook } from '@kairos/decisions';

/**
 * The real stages (identify, enrich, detect, arbitration) over logs in memory with virtual time, as a test of the
 * playbook sees them. The playbook imports no service; whoever runs the tests (the command line) brings a house.
 */
export interface TestHouse {
  /** Puts an event on `events.collected`, logged at the virtual present, and lets it take effect. */
  append(event: CollectedEvent): void | Promise<void>;
  /**
   * Moves time on. Every timer that is due by then has fired, each at a tick of its own second; what was chosen is handed
   * over and accepted at once.
   */
  advanceTo(timeMs: number): void | Promise<void>;
  /** All records of `events.enriched` so far, in order. */
  enriched(): readonly EnrichedRecord[];
  /** All records of `triggers.detected` so far, in order. */
  detected(): readonly TriggerDetected[];
  /** All records of `messages.decided` so far, in order. */
  decided(): readonly MessageDecided[];
  /** All messages of `messages.chosen` so far, in order. */
  chosen(): readonly ChosenMessage[];
}

/** Opens a fresh house with the playbook active and the clock at `startMs`. One house per test. */
export type OpenTestHouse = (options: {
  readonly published: PublishedPlaybook;
  readonly startMs: number;
}) => TestHouse | Promise<TestHouse>;

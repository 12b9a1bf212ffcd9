import {
  type EnrichedRecord,
  KairosError,
  type MessageDecided,
  type ProposedRecord,
  type RehearsedMoment,
  type TriggerDetected,
} from '@kairos/contracts';
import type { Hearer } from '../walk.ts';
import { Counts, ofKey } from './counts.ts';
import { DayCurve } from './days.ts';
import { fateMark } from './fates.ts';
import { momentOfDecision, momentOfDetection, momentOfEvent } from './moments.ts';
import { PersonTallies } from './persons.ts';
import { Timelines } from './timelines.ts';

/** What became of a trigger's proposals on one channel. */
export class ChannelTally {
  chosen = 0;
  readonly deferred = new Counts();
  readonly dropped = new Counts();
  readonly withdrawn = new Counts();
  readonly displacedBy = new Counts();
}

export class TriggerTally {
  fired = 0;
  proposed = 0;
  readonly notStarted = new Counts();
  readonly channels = new Map<string | null, ChannelTally>();
}

const isForStaff = ({ audience }: { readonly audience: string }): boolean => audience.startsWith('staff');

/** Listens to what the stages say and adds it up. It remembers persons, never what was said. */
export class Tally implements Hearer {
  readonly triggers = new Map<string, TriggerTally>();
  readonly persons = new PersonTallies();
  readonly days = new DayCurve();
  readonly timelines: Timelines;
  readonly refused = new Counts();
  /** Old persons who are another one by now. */
  moved = 0;
  events = 0;

  constructor(wanted: readonly string[] = []) {
    this.timelines = new Timelines(wanted);
  }

  readonly listeners: Hearer['listeners'] = {
    'events.enriched': ({ value }) => this.#onStory(value),
    'triggers.detected': ({ value }) => this.#onDetected(value),
    'messages.proposed': ({ value }) => this.#onProposed(value),
    'messages.decided': ({ value }) => this.#onDecided(value),
  };

  /** A record that a stage could not take. */
  refuse(error: unknown): void {
    this.refused.add(error instanceof KairosError ? error.code : 'INTERNAL');
  }

  #trigger(triggerId: string): TriggerTally {
    return ofKey(this.triggers, triggerId, () => new TriggerTally());
  }

  #onStory({ event, moved, merged }: EnrichedRecord): void {
    if (event !== null) {
      this.events += 1;
      this.days.at(event.loggedAtMs).events += 1;
      this.#tell(event.personId, false, () => momentOfEvent(event));
    } else if (moved !== null) {
      this.moved += 1;
    } else if (merged !== null) {
      this.persons.merge(merged.fromPersonId, merged.personId);
      this.timelines.merge(merged.fromPersonId, merged.personId);
    }
  }

  #onDetected(detected: TriggerDetected): void {
    const { personId, triggerId, outcome, code } = detected;
    if (outcome === 'fired') {
      this.#trigger(triggerId).fired += 1;
      this.days.at(detected.detectedAtMs).fired += 1;
    } else if (outcome === 'notStarted') {
      this.#trigger(triggerId).notStarted.add(code ?? '');
    }
    this.#tell(personId, outcome === 'fired', () => momentOfDetection(detected));
  }

  #onProposed({ proposal }: ProposedRecord): void {
    if (proposal === null) return;
    this.#trigger(proposal.triggerId).proposed += 1;
    if (!isForStaff(proposal)) this.persons.of(proposal.personId).proposed += 1;
  }

  #onDecided(decided: MessageDecided): void {
    if (decided.handOver !== null) return;
    const { personId, triggerId, messageId, channel, fate, code } = decided;
    const tally = ofKey(this.#trigger(triggerId).channels, channel, () => new ChannelTally());
    const person = this.persons.of(personId);
    person.mark = (person.mark + fateMark(triggerId, messageId, channel, fate, code)) >>> 0;
    this.#tell(personId, true, () => momentOfDecision(decided));
    if (code === 'OUTRANKED') tally.displacedBy.add(winnerOf(decided));
    switch (fate) {
      case 'chosen':
        tally.chosen += 1;
        this.days.at(decided.decidedAtMs).chosen += 1;
        if (!isForStaff(decided)) person.chosen += 1;
        return;
      case 'deferred':
        tally.deferred.add(code ?? '');
        this.days.at(decided.decidedAtMs).deferred += 1;
        return;
      case 'dropped':
        tally.dropped.add(code ?? '');
        this.days.at(decided.decidedAtMs).dropped += 1;
        return;
      default:
        tally.withdrawn.add(code ?? '');
    }
  }

  #tell(personId: string, begins: boolean, moment: () => RehearsedMoment): void {
    this.timelines.tell(personId, begins, moment);
  }
}

function winnerOf({ numbers }: MessageDecided): string {
  const { winner } = JSON.parse(numbers) as { winner?: unknown };
  return typeof winner === 'string' ? winner : '';
}

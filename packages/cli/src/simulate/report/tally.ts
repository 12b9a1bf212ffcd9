import {
  type EnrichedRecord,
  factsOf,
  KairosError,
  type MessageDecided,
  type ProposedRecord,
  type RehearsedMoment,
  type TriggerDetected,
} from '@kairos/contracts';
import type { Hearer } from '../walk.ts';
import { type CountedNames, Counts, ofKey } from './counts.ts';
import { type Day, DayCurve } from './days.ts';
import { fateMark } from './fates.ts';
import { momentOfDecision, momentOfDetection, momentOfEvent } from './moments.ts';
import { PersonTallies, type ToldPersons } from './persons.ts';
import { Timelines, type ToldStories } from './timelines.ts';

/** What became of a trigger's proposals on one channel. */
export class ChannelTally {
  chosen = 0;
  readonly deferred = new Counts();
  readonly dropped = new Counts();
  readonly withdrawn = new Counts();
  readonly displacedBy = new Counts();

  told(): ToldChannel {
    const { chosen, deferred, dropped, withdrawn, displacedBy } = this;
    return {
      chosen,
      deferred: deferred.told(),
      dropped: dropped.told(),
      withdrawn: withdrawn.told(),
      displacedBy: displacedBy.told(),
    };
  }

  add({ chosen, deferred, dropped, withdrawn, displacedBy }: ToldChannel): void {
    this.chosen += chosen;
    this.deferred.addAll(deferred);
    this.dropped.addAll(dropped);
    this.withdrawn.addAll(withdrawn);
    this.displacedBy.addAll(displacedBy);
  }
}

export class TriggerTally {
  fired = 0;
  proposed = 0;
  readonly notStarted = new Counts();
  readonly channels = new Map<string | null, ChannelTally>();

  told(): ToldTrigger {
    const { fired, proposed, notStarted, channels } = this;
    return {
      fired,
      proposed,
      notStarted: notStarted.told(),
      channels: [...channels].map(([channel, one]) => [channel, one.told()]),
    };
  }

  add({ fired, proposed, notStarted, channels }: ToldTrigger): void {
    this.fired += fired;
    this.proposed += proposed;
    this.notStarted.addAll(notStarted);
    for (const [channel, told] of channels) ofKey(this.channels, channel, () => new ChannelTally()).add(told);
  }
}

interface ToldChannel {
  readonly chosen: number;
  readonly deferred: CountedNames;
  readonly dropped: CountedNames;
  readonly withdrawn: CountedNames;
  readonly displacedBy: CountedNames;
}

interface ToldTrigger {
  readonly fired: number;
  readonly proposed: number;
  readonly notStarted: CountedNames;
  readonly channels: readonly (readonly [channel: string | null, told: ToldChannel])[];
}

/** A tally as it crosses from one thread to another. */
export interface ToldTally {
  readonly triggers: readonly (readonly [triggerId: string, told: ToldTrigger])[];
  readonly persons: ToldPersons;
  readonly days: readonly Day[];
  readonly stories: ToldStories;
  readonly refused: CountedNames;
  readonly moved: number;
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

  constructor(wanted: readonly string[] = []) {
    this.timelines = new Timelines(wanted);
  }

  /** What was added up here, for `add` elsewhere. */
  told(): ToldTally {
    return {
      triggers: [...this.triggers].map(([triggerId, one]) => [triggerId, one.told()]),
      persons: this.persons.told(),
      days: this.days.list(),
      stories: this.timelines.told(),
      refused: this.refused.told(),
      moved: this.moved,
    };
  }

  /** Adds what was heard of other persons. */
  add({ triggers, persons, days, stories, refused, moved }: ToldTally): void {
    for (const [triggerId, told] of triggers) this.#trigger(triggerId).add(told);
    this.persons.add(persons);
    this.days.add(days);
    this.timelines.add(stories);
    this.refused.addAll(refused);
    this.moved += moved;
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
    for (const fact of factsOf(detected)) this.#tell(personId, outcome === 'fired', () => momentOfDetection(fact));
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

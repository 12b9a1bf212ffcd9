import {
  type EnrichedEvent,
  type EnrichedRecord,
  factsOf,
  type ProposedRecord,
  type TriggerDetected,
} from '@kairos/contracts';
import { type DetectState, hashId, journeysOf, PROFILE_SET } from '@kairos/decisions';
import { editionOf } from '../house/playbooks.ts';
import type { Witnessed } from '../house/witness.ts';
import { Violation } from '../violation.ts';
import type { History, Seen } from './history.ts';
import type { States } from './restored-state.ts';

/** What an instance did, in the order in which it says so. */
interface Told {
  readonly value: TriggerDetected;
  readonly journey: NonNullable<TriggerDetected['journey']>;
}

/** What one journey of one person did, and what it proposed. */
interface Trip {
  readonly id: string;
  readonly told: readonly Told[];
  readonly proposals: readonly Seen<ProposedRecord>[];
}

/** Place of a cause in `events.enriched`: comparable within a partition. */
const placeOf = ({ origin }: Pick<TriggerDetected, 'origin'>): { readonly partition: number; readonly at: number } => ({
  partition: origin?.partition ?? -1,
  at: (origin?.offset ?? 0) * 1_000 + (origin?.number ?? 0),
});

const isBehind = (a: Pick<TriggerDetected, 'origin'>, b: Pick<TriggerDetected, 'origin'>): boolean => {
  const [one, other] = [placeOf(a), placeOf(b)];
  return one.partition === other.partition && one.at > other.at;
};

/** The laws of journeys, asked of what the logs say and of nothing else. */
export class JourneyOracle {
  readonly #trips: readonly Trip[];
  readonly #events: readonly Seen<EnrichedRecord>[];

  constructor(history: History) {
    const told = history.effective<TriggerDetected>('triggers.detected').flat();
    const proposed = history.effective<ProposedRecord>('messages.proposed').flat();
    this.#events = history.effective<EnrichedRecord>('events.enriched').flat();
    const byInstance = new Map<string, Told[]>();
    for (const value of told.flatMap((one) => factsOf(one.value))) {
      const { journey } = value;
      if (journey === null || value.outcome === 'journeyNotStarted') continue;
      byInstance.set(journey.instanceId, [...(byInstance.get(journey.instanceId) ?? []), { value, journey }]);
    }
    this.#trips = [...byInstance].map(([id, all]) => {
      const firingId = all[0]?.journey.firingId;
      return { id, told: all, proposals: proposed.filter(({ value }) => value.proposal?.firingId === firingId) };
    });
  }

  /** How many journeys there were, and how many of them ended by an event. */
  check(states: States | undefined): Record<string, number> {
    if (states !== undefined) this.#checkNobodyRests(states);
    for (const trip of this.#trips) {
      this.#checkOnce(trip);
      this.#checkVersion(trip);
      this.#checkEnd(trip);
      this.#checkSets(trip);
    }
    this.#checkExits();
    const ended = this.#trips.filter(({ told }) => told.some(({ value }) => value.code === 'EXITED'));
    return { journeys: this.#trips.length, 'journeys left': ended.length };
  }

  /** It starts once, no step comes twice, and no way is gone beside another. */
  #checkOnce({ id, told, proposals }: Trip): void {
    if (told.filter(({ value }) => value.outcome === 'journeyStarted').length !== 1) {
      throw new Violation('journey', `${id} did not start once`);
    }
    const steps = new Set<string>();
    for (const { value, journey } of told) {
      if (value.outcome !== 'journeyStepTaken') continue;
      // A step that waits says so when it begins and when it ends.
      const name = `${journey.step} ${journey.way === null ? 'begun' : 'gone'}`;
      if (steps.has(name)) throw new Violation('step twice', `${id}: ${name}`);
      steps.add(name);
    }
    const candidates = new Set(proposals.map(({ value }) => value.proposal?.candidateId));
    const sends = told.filter(
      ({ value, journey }) => value.outcome === 'journeyStepTaken' && journey.candidateId !== null,
    );
    if (candidates.size !== proposals.length) throw new Violation('step twice', `${id} proposed a message again`);
    if (sends.length !== proposals.length) {
      throw new Violation('journey', `${id} took ${sends.length} steps that propose, and proposed ${proposals.length}`);
    }
  }

  /** It finishes on the edition that it entered, whatever is published meanwhile. */
  #checkVersion({ id, told, proposals }: Trip): void {
    const start = told.find(({ value }) => value.outcome === 'journeyStarted');
    const edition = editionOf(start?.value.playbookVersion ?? '').name;
    for (const { journey } of told) {
      if (journey.version !== `trip-${edition}`) {
        throw new Violation('journey version', `${id} began with ${edition} and is on ${journey.version}`);
      }
    }
    for (const { value } of proposals) {
      const messageId = value.proposal?.messageId ?? '';
      if (!messageId.startsWith(`trip-${edition}-`)) {
        throw new Violation('journey version', `${id} began with ${edition} and proposed ${messageId}`);
      }
    }
  }

  /** It ends once, and does nothing afterwards. */
  #checkEnd({ id, told, proposals }: Trip): void {
    const exits = told.filter(({ value }) => value.outcome === 'journeyExited');
    const [exit] = exits;
    if (exit === undefined) throw new Violation('journey end', `${id} never ended`);
    if (exits.length > 1) throw new Violation('journey end', `${id} ended ${exits.length} times`);
    for (const { value, journey } of told) {
      if (isBehind(value, exit.value)) throw new Violation('after the end', `${id}: ${journey.step}`);
    }
    // What it proposed in the move that ended it follows the record that tells of both.
    const last = told
      .filter(({ value }) => value.origin === exit.value.origin)
      .map(({ journey }) => journey.candidateId);
    for (const { value } of proposals) {
      if (isBehind(value, exit.value) && !last.includes(value.proposal?.candidateId ?? ''))
        throw new Violation('after the end', `${id} proposed ${value.proposal?.messageId}`);
    }
  }

  /** In the end nobody is on a journey, told of or not: one that a merge brought twice would rest where no timer finds it. */
  #checkNobodyRests(states: States): void {
    for (const [personId, state] of states.get('detect') ?? []) {
      const { inner } = state as Witnessed<DetectState>;
      for (const { instanceId, at } of journeysOf(inner?.journeys) ?? []) {
        if (at >= 0) throw new Violation('journey end', `${personId} still is on ${instanceId}, at step ${at}`);
      }
    }
  }

  /** `Left` ends at once every journey of the person that is under way: nothing of it comes after such an event. */
  #checkExits(): void {
    for (const {
      value: { event },
      partition,
      offset,
    } of this.#events) {
      if (event === null || event.name !== 'Left') continue;
      const left: Pick<TriggerDetected, 'origin'> = {
        origin: { topic: 'events.enriched', partition, offset, number: 999 },
      };
      for (const trip of this.#trips) this.#checkLeft(trip, event, left);
    }
  }

  #checkLeft({ id, told, proposals }: Trip, event: EnrichedEvent, left: Pick<TriggerDetected, 'origin'>): void {
    const start = told.find(({ value }) => value.outcome === 'journeyStarted')?.value;
    if (start?.personId !== event.personId || !isBehind(left, start)) return;
    // What happened before the journey's cause ends nothing, however late it comes.
    const began = this.#events.find(({ value }) => value.event?.messageId === start.causes[0])?.value.event;
    if (began == null || event.occurredAtMs < began.occurredAtMs) return;
    const after = [...told.map(({ value }) => value), ...proposals.map(({ value }) => value)];
    if (after.some((one) => isBehind(one, left)))
      throw new Violation('after an exit', `${id} went on after ${event.messageId}`);
  }

  /** What it sets reaches the person's log, once. */
  #checkSets({ id, told }: Trip): void {
    for (const { value, journey } of told) {
      if (value.outcome !== 'journeyStepTaken' || journey.does !== 'set') continue;
      const messageId = hashId('set', id, journey.step ?? '');
      const found = this.#events.filter(({ value: { event } }) => event?.messageId === messageId);
      const isSet = found.length === 1 && found[0]?.value.event?.name === PROFILE_SET;
      if (!isSet) throw new Violation('journey set', `${id}: ${journey.step} was told ${found.length} times`);
    }
  }
}

import type { EnrichedEvent, IdentifiedEvent, PlanFault } from '@kairos/contracts';
import type { ProfileNow } from './profile-now.ts';

/** How the person stands after an event, as it is told with it. */
export interface ToldStanding {
  readonly now: ProfileNow;
  readonly segments: readonly string[];
  readonly segmentsEntered: readonly string[];
  readonly segmentsLeft: readonly string[];
  readonly contact: EnrichedEvent['contact'];
}

/** An event with how its person stands. The profile is written down when somebody asks for it. */
export class ToldEvent implements EnrichedEvent {
  declare readonly personId: string;
  declare readonly messageId: string;
  declare readonly type: string;
  declare readonly name: string;
  declare readonly occurredAtMs: number;
  declare readonly receivedAtMs: number;
  declare readonly loggedAtMs: number;
  declare readonly source: string;
  declare readonly sourceKind: string;
  declare readonly backfill: boolean;
  declare readonly candidateId: string | null;
  declare readonly properties: string;
  declare readonly context: string;
  declare readonly segments: readonly string[];
  declare readonly segmentsEntered: readonly string[];
  declare readonly segmentsLeft: readonly string[];
  declare readonly contact: EnrichedEvent['contact'];
  declare readonly linkedFrom: string | null;
  declare readonly faults: readonly PlanFault[];
  readonly #now: ProfileNow;

  /** Spelled out: this is made for every event, and two objects copied into a third cost several times as much. */
  constructor(identified: IdentifiedEvent, standing: ToldStanding, faults: readonly PlanFault[]) {
    const { event } = identified;
    this.personId = identified.personId;
    this.messageId = event.messageId;
    this.type = event.type;
    this.name = event.name;
    this.occurredAtMs = event.occurredAtMs;
    this.receivedAtMs = event.receivedAtMs;
    this.loggedAtMs = identified.loggedAtMs;
    this.source = event.source;
    this.sourceKind = event.sourceKind;
    this.backfill = event.backfill;
    this.candidateId = event.candidateId;
    this.properties = event.properties;
    this.context = event.context;
    this.segments = standing.segments;
    this.segmentsEntered = standing.segmentsEntered;
    this.segmentsLeft = standing.segmentsLeft;
    this.contact = standing.contact;
    this.linkedFrom = identified.linkedFrom;
    this.faults = faults;
    this.#now = standing.now;
  }

  get profile(): string {
    return this.#now.toldWith(this.segments);
  }
}

import type {
  EnrichedEvent,
  EnrichedRecord,
  MessageDecided,
  MessageReported,
  ProposedRecord,
  TriggerDetected,
} from '@kairos/contracts';
import { editionOf, GRACE_MS } from '../house/playbooks.ts';
import type { Witnessed } from '../house/witness.ts';
import { Violation } from '../violation.ts';
import type { Truth } from './effects.ts';
import type { Expected, History, Seen } from './history.ts';
import type { States } from './restored-state.ts';

/** A cart, what became of it, and when its timer rings. */
interface Cart {
  readonly id: string;
  readonly added: Expected;
  readonly order: Expected | undefined;
  /** Undefined when no trigger was live as the detector met it. */
  readonly ringsAtMs: number | undefined;
}

const cartIdOf = ({ event }: Expected): string =>
  ((JSON.parse(event.properties) as { cart_id?: string }).cart_id ?? '') as string;

/** Judges what the detector and arbitration said by what the clients did. */
export class TriggerOracle {
  readonly #history: History;
  readonly #expected: ReadonlyMap<string, Expected>;
  readonly #finalPerson: Truth['finalPerson'];
  /** What journeys did included. */
  readonly #all: readonly Seen<TriggerDetected>[];
  readonly #detected: readonly Seen<TriggerDetected>[];
  readonly #proposed: readonly Seen<ProposedRecord>[];
  /** Place of each event in `events.enriched`, and the version that it met. */
  readonly #met = new Map<string, { readonly event: EnrichedEvent; readonly version: string; readonly at: number }>();
  /** Version and kind of each record of `events.enriched`. */
  readonly #versions: ReadonlyMap<string, string>;
  readonly #times = new Set<string>();
  /** From which offset on a person waited for how many old states. */
  readonly #waits = new Map<string, { readonly from: number; readonly keys: number }[]>();

  constructor(history: History, { expected, finalPerson }: Truth) {
    this.#history = history;
    this.#expected = expected;
    this.#finalPerson = finalPerson;
    this.#all = history.effective<TriggerDetected>('triggers.detected').flat();
    this.#detected = this.#all.filter(({ value }) => value.journey === null);
    this.#proposed = history.effective<ProposedRecord>('messages.proposed').flat();
    this.#versions = history.versions();
    for (const { value, partition, offset } of history.effective<EnrichedRecord>('events.enriched').flat()) {
      const place = `${partition}@${offset}`;
      if (value.time !== null) this.#times.add(place);
      if (value.waiting !== null) {
        const { personId, keys } = value.waiting;
        this.#waits.set(personId, [...(this.#waits.get(personId) ?? []), { from: offset, keys }]);
      }
      if (value.event === null) continue;
      this.#met.set(value.event.messageId, {
        event: value.event,
        version: this.#versions.get(place) ?? '',
        at: offset,
      });
    }
  }

  /** How often timers fired, were withdrawn, and so on. */
  check(states: States | undefined): Record<string, number> {
    this.#checkVersions();
    this.#checkFirings();
    const carts = this.#carts();
    for (const cart of carts) this.#checkCart(cart);
    const withdrawn = this.#proposed.filter(({ value }) => value.withdrawal !== null).length;
    if (states !== undefined) this.#checkDecisions(states);
    const timers = this.#detected.filter(({ value }) => value.outcome === 'fired' && value.dueAtMs !== null).length;
    return { timers, firings: this.#detected.length - timers, withdrawn };
  }

  /** Each stage decides by the playbook that stands before the record in the log, and by no other. */
  #checkVersions(): void {
    for (const [messageId, { event, version }] of this.#met) {
      const segments = version === '' ? '' : `seen-by-${editionOf(version).name}`;
      if (event.segments.join() !== segments) {
        throw new Violation(
          'playbook',
          `enrich gave ${messageId} the segments of ${event.segments.join()} under ${version}`,
        );
      }
    }
    for (const { value } of this.#all) {
      const { partition = 0, offset = 0 } = value.origin ?? {};
      const version = this.#versions.get(`${partition}@${offset}`);
      if (version !== value.playbookVersion) {
        throw new Violation('playbook', `the detector worked under ${value.playbookVersion} instead of ${version}`);
      }
    }
  }

  /** Nothing fires twice; timers fire on time and never before they are due; events fire their triggers. */
  #checkFirings(): void {
    const fired = new Set<string>();
    for (const { value } of this.#detected) {
      const { firingId, dueAtMs, detectedAtMs, triggerId, causes, outcome } = value;
      if (outcome !== 'fired') continue;
      const what = `${triggerId} of ${causes.join()}`;
      if (fired.has(firingId)) throw new Violation('fired twice', what);
      fired.add(firingId);
      if (dueAtMs === null) continue;
      if (detectedAtMs < dueAtMs + GRACE_MS) {
        throw new Violation('early', `${what} fired ${dueAtMs + GRACE_MS - detectedAtMs} ms before its time`);
      }
      const { partition = 0, offset = 0 } = value.origin ?? {};
      if (!this.#times.has(`${partition}@${offset}`)) throw new Violation('fired on a record', what);
      const waits = this.#waits.get(value.personId)?.findLast((one) => one.from < offset);
      if (waits !== undefined && waits.keys > 0) throw new Violation('fired while waiting', what);
    }
    for (const { event } of this.#expected.values()) {
      if (event.name !== 'Wished' || this.#met.get(event.messageId)?.version === '') continue;
      const count = this.#detected.filter(({ value }) => value.causes.includes(event.messageId)).length;
      if (count !== 1) throw new Violation('event trigger', `${event.messageId} fired ${count} times`);
    }
  }

  #carts(): Cart[] {
    const all = [...this.#expected.values()];
    return all
      .filter(({ event }) => event.name === 'Product Added')
      .map((added) => {
        const id = cartIdOf(added);
        const order = all.find((one) => one.event.name === 'Order Completed' && cartIdOf(one) === id);
        const version = this.#met.get(added.event.messageId)?.version ?? '';
        const ringsAtMs = added.event.occurredAtMs + editionOf(version).withinMs + GRACE_MS;
        return { id, added, order, ringsAtMs: version === '' ? undefined : ringsAtMs };
      });
  }

  #checkCart({ id, added, order, ringsAtMs }: Cart): void {
    const firings = this.#detected.filter(
      ({ value }) => value.outcome === 'fired' && value.causes.includes(added.event.messageId),
    );
    if (ringsAtMs === undefined) {
      if (firings.length > 0) throw new Violation('phantom timer', `${id} fired without a playbook`);
      return;
    }
    const isOrdered = order !== undefined && this.#isSame(order, added) && this.#wasLive(order);
    if (firings.length > 1) throw new Violation('fired twice', `the timer of ${id}`);
    const [firing] = firings;
    if (!isOrdered) {
      if (firing === undefined) throw new Violation('missed timer', `${id} was left and never fired`);
      return;
    }
    if (firing === undefined) return;
    // What takes a further hop may come after the firing, and then takes it back.
    const isDirect = order.personId === added.personId && this.#finalPerson(added.personId) === added.personId;
    if (isDirect && order.loggedAtMs < ringsAtMs) {
      throw new Violation('not cancelled', `${id} fired, though its order was logged before it was due`);
    }
    this.#checkWithdrawn(id, firing, isDirect ? order : undefined);
  }

  #isSame(a: Expected, b: Expected): boolean {
    return this.#finalPerson(a.personId) === this.#finalPerson(b.personId);
  }

  /** An order that the detector met before any playbook cancels nothing. */
  #wasLive({ event }: Expected): boolean {
    return this.#met.get(event.messageId)?.version !== '';
  }

  /**
   * An order that came after the firing takes the message back, unless it had been handed over by then. When it came by
   * way of an old person there is no one place to compare: then any hand-over will do.
   */
  #checkWithdrawn(id: string, firing: Seen<TriggerDetected>, order: Expected | undefined): void {
    const proposal = this.#proposed.find(({ value }) => value.proposal?.firingId === firing.value.firingId);
    const candidateId = proposal?.value.proposal?.candidateId;
    if (candidateId === undefined) throw new Violation('proposal', `${id} fired and proposed nothing`);
    if (this.#proposed.some(({ value }) => value.withdrawal?.candidateId === candidateId)) return;
    const orderAt = order === undefined ? Number.POSITIVE_INFINITY : (this.#met.get(order.event.messageId)?.at ?? 0);
    const isClosed = this.#history
      .effective<EnrichedRecord>('events.enriched')
      .flat()
      .some(
        ({ value: { feedback }, offset }) =>
          feedback?.candidateId === candidateId && feedback.kind === 'reported' && offset < orderAt,
      );
    if (!isClosed) throw new Violation('not withdrawn', `${id} was ordered after it had fired`);
  }

  /** Each proposal is decided once, and every stage of the way back heard of it once. */
  #checkDecisions(states: States): void {
    const decided = this.#history.effective<MessageDecided>('messages.decided').flat();
    const final = new Map<string, MessageDecided>();
    for (const { value } of decided) {
      // Word that a person has moved: the candidate is weighed again there.
      if (value.code === 'MOVED') continue;
      if (final.has(value.candidateId)) throw new Violation('decided twice', value.candidateId);
      final.set(value.candidateId, value);
    }
    for (const { value } of this.#proposed) {
      const { candidateId } = value.proposal ?? {};
      if (candidateId !== undefined && !final.has(candidateId)) throw new Violation('undecided', candidateId);
    }
    const heard = new Set<string>();
    for (const state of states.get('enrich')?.values() ?? []) {
      for (const name of (state as Witnessed<unknown>).seen) heard.add(name);
    }
    for (const { candidateId, fate, code } of final.values()) {
      if (!heard.has(`decided:${candidateId}:${fate}:${code ?? ''}`))
        throw new Violation('feedback', `decision of ${candidateId} lost`);
    }
    for (const { value } of this.#history.effectiveReports<MessageReported>()) {
      const name = `reported:${value.candidateId}:${value.outcome}:${value.code ?? ''}`;
      if (!heard.has(name)) throw new Violation('feedback', `report of ${value.candidateId} lost`);
    }
  }
}

import { nextOf, type TriggerDetected } from '@kairos/contracts';
import type { Fact } from '@kairos/decisions';
import type { Emission } from '@kairos/stream-kit';
import { setEmission } from './sets.ts';
import { toArbitration } from './to-arbitration.ts';

type Detected = Extract<Fact, { readonly kind: 'detected' }>;

/** A record that further steps of the same move are still added to. */
interface Open {
  readonly first: TriggerDetected;
  readonly next: TriggerDetected['next'][number][];
}

/** Adds what is emitted for facts, in order. What a journey does in one move goes into one record, with the first of it. */
export function emit(emissions: Emission[], facts: readonly Fact[], personId: string): Emission[] {
  let open: Open | null = null;
  for (const fact of facts) {
    if (fact.kind !== 'detected') emissions.push(emissionOf(fact, personId));
    else if (open !== null && fact.follows === open.first) open.next.push(nextOf(fact.detected));
    else {
      open = { first: fact.detected, next: [] };
      emissions.push(detectedEmission(fact, open, personId));
    }
  }
  return emissions;
}

function detectedEmission({ detected, traceparent }: Detected, { next }: Open, personId: string): Emission {
  const value = detected.journey === null ? detected : withNext(detected, next);
  return traced({ topic: 'triggers.detected', key: personId, value, to: 'same' }, traceparent);
}

/** Spelled out: made for every move of a journey. */
const withNext = (of: TriggerDetected, next: TriggerDetected['next']): TriggerDetected => ({
  origin: of.origin,
  firingId: of.firingId,
  personId: of.personId,
  triggerId: of.triggerId,
  instanceKey: of.instanceKey,
  outcome: of.outcome,
  code: of.code,
  detectedAtMs: of.detectedAtMs,
  dueAtMs: of.dueAtMs,
  evidence: of.evidence,
  causes: of.causes,
  playbookVersion: of.playbookVersion,
  journey: of.journey,
  next,
});

function emissionOf(fact: Exclude<Fact, Detected>, personId: string): Emission {
  switch (fact.kind) {
    case 'proposed':
      return traced(toArbitration(personId, { proposal: fact.proposal }), fact.traceparent);
    case 'withdrawn':
      return toArbitration(personId, { withdrawal: fact.withdrawal });
    case 'set':
      return setEmission(fact.set);
  }
}

const traced = (emission: Emission, traceparent: string | null): Emission =>
  traceparent === null ? emission : { ...emission, traceparent };

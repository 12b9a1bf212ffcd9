import type { JourneyInstance } from '../journeys/instance.ts';
import type { Fact } from '../triggers/trigger-type.ts';
import { instantIn, keyed } from './words.ts';

/** What journeys did, in sentences. */
export function journeySays(
  facts: readonly Fact[],
  before: readonly JourneyInstance[] | undefined,
  zone: string,
): readonly string[] {
  const sent = new Set((before ?? []).flatMap(({ sends }) => sends.map(({ candidateId }) => candidateId)));
  return facts.flatMap((fact) => {
    if (fact.kind === 'set') return [`sets ${fact.set.traits}`];
    if (fact.kind === 'withdrawn') {
      const { candidateId, code } = fact.withdrawal;
      return sent.has(candidateId) ? [`a journey takes back what it proposed: ${code}`] : [];
    }
    if (fact.kind !== 'detected' || fact.detected.journey === null) return [];
    const { journey, outcome, code, dueAtMs, instanceKey } = fact.detected;
    const name = `journey ${journey.journeyId}${keyed(instanceKey)}`;
    switch (outcome) {
      case 'journeyStarted':
        return [`${name} starts`];
      case 'journeyNotStarted':
        return [`${name} does not start: ${code}`];
      case 'journeyExited':
        return [code === null ? `${name} comes to its end` : `${name} ends: ${code}`];
      default: {
        const way = journey.way === null ? '' : ` → ${journey.way}`;
        const until = dueAtMs === null ? '' : ` until ${instantIn(dueAtMs, zone)} at the latest`;
        const why = code === null ? '' : `, ${code}`;
        return [`${name} ${journey.step}: ${journey.does}${way}${until}${why}`];
      }
    }
  });
}

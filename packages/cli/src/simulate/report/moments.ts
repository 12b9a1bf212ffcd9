import {
  type EnrichedEvent,
  explainReason,
  type MessageDecided,
  type RehearsedMoment,
  type TriggerDetected,
} from '@kairos/contracts';
import { parseObject } from '@kairos/decisions';

export const momentOfEvent = ({ loggedAtMs, name }: EnrichedEvent): RehearsedMoment => ({
  atMs: loggedAtMs,
  kind: 'event',
  text: name,
});

export function momentOfDetection(detected: TriggerDetected): RehearsedMoment {
  const { detectedAtMs: atMs, triggerId, outcome, code, journey } = detected;
  if (journey !== null) {
    const { journeyId, step, does } = journey;
    const where = step === null ? '' : ` at ${step}${does === null ? '' : ` (${does})`}`;
    const why = code === null ? '' : ` — ${code} ${explainReason(code)}`;
    return { atMs, kind: 'journey', text: `${journeyId}: ${outcome}${where}${why}` };
  }
  if (outcome === 'fired') return { atMs, kind: 'fired', text: `${triggerId} fired${because(detected)}` };
  return { atMs, kind: outcome, text: `${triggerId} did not start — ${code} ${explainReason(code ?? '')}` };
}

function because({ evidence }: TriggerDetected): string {
  const { event, count } = parseObject(evidence) ?? {};
  if (typeof event !== 'string' || event === '') return '';
  return typeof count === 'number' && count > 1 ? ` after ${event} ×${count}` : ` after ${event}`;
}

export function momentOfDecision(decided: MessageDecided): RehearsedMoment {
  const { decidedAtMs: atMs, fate, code, messageId, channel, purpose, numbers, nextEligibleAtMs } = decided;
  const on = channel === null ? '' : ` by ${channel}`;
  const said = { purpose, ...(channel === null ? {} : { channel }), ...readable(numbers) };
  const why = code === null ? '' : ` — ${code} ${explainReason(code, said)}`;
  const until = nextEligibleAtMs === null ? '' : ` Again at ${new Date(nextEligibleAtMs).toISOString()}.`;
  return { atMs, kind: fate, text: `${messageId}${on} ${fate}${why}${until}` };
}

/** Larger than any count: a moment, UTC ms. */
const SINCE_2001_MS = 1e12;

/** Moments among the numbers, as people read them. */
function readable(numbers: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(parseObject(numbers) ?? {}).map(([name, value]) => [
      name,
      typeof value === 'number' && value > SINCE_2001_MS ? new Date(value).toISOString() : value,
    ]),
  );
}

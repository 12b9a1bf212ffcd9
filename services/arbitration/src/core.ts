import type { ProposedRecord } from '@kairos/contracts';
import {
  type ArbitrationResult,
  applyProposed,
  type CompiledPlaybook,
  decideDue,
  dueAtMs,
  type PersonContactState,
  personOf,
} from '@kairos/decisions';
import type { Emission, Processor, StepResult } from '@kairos/stream-kit';

export type { PersonContactState } from '@kairos/decisions';

/**
 * Arbitration as a log-pure stage: one voice per person. The same value runs against Redis in production and in memory
 * for offline folds, and gives the same outputs under the same origins.
 */
export function createArbitrationProcessor(): Processor<PersonContactState, ProposedRecord, CompiledPlaybook> {
  return {
    name: 'arbitration',
    input: 'messages.proposed',
    outputs: ['messages.chosen', 'messages.decided'],
    originOf: (record) => record.origin,
    route(record) {
      const personId = personOf(record);
      if (personId !== undefined) return { kind: 'keyed', key: personId };
      if (record.time !== null) return { kind: 'time', timeMs: record.time.timeMs };
      if (record.marker !== null) return { kind: 'marker', ...record.marker };
      return { kind: 'unknown' };
    },
    step: (state, record, context) => toStep(applyProposed(state, record, context)),
    dueAtMs,
    fire: (state, _key, context) => toStep(decideDue(state, context)),
    encode: encodeState,
    decode: decodeState,
  };
}

const toStep = ({ state, outputs }: ArbitrationResult): StepResult<PersonContactState> => ({
  state,
  emissions: outputs.map(
    ({ topic, personId, value, traceparent }): Emission => ({
      topic,
      key: personId,
      value,
      to: 'same',
      ...(traceparent === undefined ? {} : { traceparent }),
    }),
  ),
});

/** JSON in ASCII alone: bytes without a text encoder, which a pure room has not. */
function encodeState(state: PersonContactState): Uint8Array {
  const ascii = JSON.stringify(state).replaceAll(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Uint8Array.from(ascii, (char) => char.charCodeAt(0));
}

function decodeState(bytes: Uint8Array): PersonContactState {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return JSON.parse(text) as PersonContactState;
}

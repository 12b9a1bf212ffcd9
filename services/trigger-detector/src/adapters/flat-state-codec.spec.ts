import { describe, expect, it } from '@jest/globals';
import {
  type DetectState,
  detectDueAtMs,
  type JourneyInstance,
  JourneyStates,
  journeysOf,
  type TriggerState,
  TriggerStates,
} from '@kairos/decisions';
import { detectStateCodec } from './flat-state-codec.ts';

const said = { event: 'Product Added', properties: '{"sku":"é"}' };
const arm = { messageId: 'm1', atMs: 1_780_000_000_000, traceparent: null };
/** What a type keeps of its own has a shape that the codec does not know. */
const own = { type: 'event' as const, untilMs: null, seen: [{ é: 1 }] };
const state: DetectState = {
  triggers: {
    'cart-left': {
      open: [{ key: 'c1', arms: [arm, { ...arm, traceparent: '00-a-b-01' }], count: 9, said, dueAtMs: 5, graceMs: 0 }],
      idle: null,
      cancels: [{ key: '', atMs: 1, messageId: 'm0', untilMs: 2 }],
      fired: [
        {
          key: 'c0',
          candidateId: 'x',
          firedAtMs: 1,
          dueAtMs: 1,
          lastArmAtMs: -1,
          expiresAtMs: 3,
          isOpen: true,
          untilMs: null,
        },
      ],
      own: null,
      suspension: { suspendedAtMs: 1, resumedAtMs: null, untilMs: 2 },
    },
    'gone-quiet': {
      open: [],
      idle: { last: arm, said, forMs: 7, timerAtMs: 8 },
      cancels: [],
      fired: [],
      own: null,
      suspension: null,
    },
    'looked-twice': { open: [], idle: null, cancels: [], fired: [], own, suspension: null },
  },
  profile: '{"firstName":"Ada"}',
  segments: ['vip'],
};

const journey: JourneyInstance = {
  instanceId: 'i1',
  journeyId: 'cart-recovery',
  triggerId: 'cart-left',
  journeyVersion: 'j1',
  triggerVersion: 't1',
  key: 'c1',
  firingId: 'f1',
  causes: ['m1', 'm2'],
  evidence: '{"product":{"name":"Café"}}',
  startedAtMs: 1_780_000_000_000,
  lastArmAtMs: 1_779_999_999_000,
  firedDueAtMs: null,
  at: 2,
  sinceMs: 1_780_000_000_500,
  dueAtMs: 1_780_000_003_600,
  sends: [
    { candidateId: 'k1', message: 'm', expiresAtMs: 1_780_000_009_000, outcomes: ['deferred', 'chosen'], code: null },
    { candidateId: 'k2', message: 'n', expiresAtMs: 1_780_000_009_001, outcomes: [], code: 'QUIET_HOURS' },
  ],
};
const ended: JourneyInstance = { ...journey, instanceId: 'i2', at: -1, firedDueAtMs: 7, dueAtMs: null, sends: [] };

/** The state above as version 6 wrote it, on the journey and waiting for one old person; and as it is, on none. */
const WRITTEN_BY_6 = Buffer.from(
  [
    'BgN2AQAA4/9ksaAAAAAAAAAAAAAUQAAAAAAAAABA2x/MfUYAAAAAAAAAAAAgQAAAAAAAAPh//oY9hEgAAAAAAAAAAAD4fwAAAAAA',
    'APh/CWNhcnQtbGVmdAECYzECAm0xngEAiERwAAJtMQEBCTAwLWEtYi0wMQAACQAAAA1Qcm9kdWN0IEFkZGVk/wwAAAB7InNrdSI6',
    'IsOpIn32n6SEzmcAAAAAAAAAAQAIAm0wAwECYzABeAIDBQQEADJ7InN1c3BlbmRlZEF0TXMiOjEsInJlc3VtZWRBdE1zIjpudWxs',
    'LCJ1bnRpbE1zIjoyfQpnb25lLXF1aWV0AAECbTGeAQCIRHAADVByb2R1Y3QgQWRkZWT/DAAAAHsic2t1Ijoiw6kifQAABwAAAPCf',
    'pITOZwAAAAAMbG9va2VkLXR3aWNlAAAAAP8xAAAAeyJ0eXBlIjoiZXZlbnQiLCJ1bnRpbE1zIjpudWxsLCJzZWVuIjpbeyLDqSI6',
    'MX1dfQATeyJmaXJzdE5hbWUiOiJBZGEifQEDdmlwAAGTAAAAAABhSQTneUIBAmkxDWNhcnQtcmVjb3ZlcnkCajEJY2FydC1sZWZ0',
    'AnQxAmMxAmYxAgJtMQJtMv8cAAAAeyJwcm9kdWN0Ijp7Im5hbWUiOiJDYWbDqSJ9fQMCngEAiERw0A+5F7kwAgJrMQFtsVQCCGRl',
    'ZmVycmVkBmNob3NlbgACazIBbgMAC1FVSUVUX0hPVVJTC3sid2FpdHMiOjF9',
  ].join(''),
  'base64',
);
const WRITTEN_BY_6_OFF_JOURNEYS = Buffer.from(
  [
    'BgN2AQAA4/9ksaAAAAAAAAAAAAAUQAAAAAAAAABA2x/MfUYAAAAAAAAAAAAgQAAAAAAAAPh//oY9hEgAAAAAAAAAAAD4fwAAAAAA',
    'APh/CWNhcnQtbGVmdAECYzECAm0xngEAiERwAAJtMQEBCTAwLWEtYi0wMQAACQAAAA1Qcm9kdWN0IEFkZGVk/wwAAAB7InNrdSI6',
    'IsOpIn32n6SEzmcAAAAAAAAAAQAIAm0wAwECYzABeAIDBQQEADJ7InN1c3BlbmRlZEF0TXMiOjEsInJlc3VtZWRBdE1zIjpudWxs',
    'LCJ1bnRpbE1zIjoyfQpnb25lLXF1aWV0AAECbTGeAQCIRHAADVByb2R1Y3QgQWRkZWT/DAAAAHsic2t1Ijoiw6kifQAABwAAAPCf',
    'pITOZwAAAAAMbG9va2VkLXR3aWNlAAAAAP8xAAAAeyJ0eXBlIjoiZXZlbnQiLCJ1bnRpbE1zIjpudWxsLCJzZWVuIjpbeyLDqSI6',
    'MX1dfQATeyJmaXJzdE5hbWUiOiJBZGEifQEDdmlwAAAA',
  ].join(''),
  'base64',
);

describe('the detector’s state as bytes', () => {
  it('comes back as it was, whatever it holds', () => {
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    expect(plain(detectStateCodec.decode(detectStateCodec.encode(state)))).toEqual(plain(state));
    const more = { ...state, waitsFor: ['anon:1'] };
    expect(plain(detectStateCodec.decode(detectStateCodec.encode(more)))).toEqual(plain(more));
  });

  it('takes less room than JSON, and the same state gives the same bytes', () => {
    const bytes = detectStateCodec.encode(state);
    expect(bytes.length).toBeLessThan(JSON.stringify(state).length / 2);
    expect(Buffer.from(detectStateCodec.encode(detectStateCodec.decode(bytes))).equals(Buffer.from(bytes))).toBe(true);
  });

  it('leaves journeys as they lie, knows when one is due, and reads them when they are asked for', () => {
    const onJourneys: DetectState = { ...state, journeys: [journey, ended] };
    const bytes = detectStateCodec.encode(onJourneys);
    const decoded = detectStateCodec.decode(bytes) as DetectState;
    expect(decoded.journeys).toBeInstanceOf(JourneyStates);
    expect((decoded.journeys as JourneyStates).stored.dueAtMs).toBe(journey.dueAtMs);
    expect(Buffer.from(detectStateCodec.encode(decoded)).equals(Buffer.from(bytes))).toBe(true);
    expect(journeysOf(decoded.journeys)).toEqual([journey, ended]);
    const alone = detectStateCodec.decode(detectStateCodec.encode({ ...state, journeys: [ended] })) as DetectState;
    expect((alone.journeys as JourneyStates).stored.dueAtMs).toBeUndefined();
  });

  it('reads what the version before wrote, where each trigger was remembered for itself', () => {
    const decoded = detectStateCodec.decode(WRITTEN_BY_6) as DetectState;
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    expect(plain(decoded)).toMatchObject({ ...(plain(state) as object), waits: 1 });
    expect(journeysOf(decoded.journeys)).toEqual([journey]);
    expect(plain(detectStateCodec.decode(detectStateCodec.encode(decoded)))).toEqual(plain(decoded));
  });

  it('reads what the one before that wrote: there journeys were JSON', () => {
    const json = Buffer.from(JSON.stringify({ journeys: [{ ...ended, evidence: '{}', causes: [] }], waits: 1 }));
    const long = Buffer.alloc(5, 0xff);
    long.writeUInt32LE(json.length, 1);
    // Without the byte that says whether there are journeys, and with a text in the place of the empty one.
    const before = Buffer.concat([Buffer.from([5]), WRITTEN_BY_6_OFF_JOURNEYS.subarray(1, -2), long, json]);
    const decoded = detectStateCodec.decode(before) as DetectState;
    expect(decoded).toMatchObject({ waits: 1, journeys: [{ instanceId: 'i2' }], segments: ['vip'] });
    expect(journeysOf((detectStateCodec.decode(detectStateCodec.encode(decoded)) as DetectState).journeys)).toEqual(
      decoded.journeys,
    );
  });

  it('remembers once what many clocks count from', () => {
    const idle = state.triggers['gone-quiet' as never] as TriggerState;
    let triggers = TriggerStates.of(state.triggers);
    for (let days = 1; days <= 20; days += 1) {
      const clock = { last: arm, said, forMs: days * 86_400_000, timerAtMs: arm.atMs + days * 86_400_000 };
      triggers = triggers.counting(`quiet-${days}`, { ...idle, idle: clock });
    }
    const once = { ...state, triggers };
    const bytes = detectStateCodec.encode(once);
    const apart = { ...state, triggers: triggers.toJSON() };
    expect(bytes.length).toBeLessThan(detectStateCodec.encode(apart).length / 2);
    expect(JSON.stringify(detectStateCodec.decode(bytes))).toBe(JSON.stringify(once));
    expect(detectDueAtMs(once)).toBe(detectDueAtMs(apart));
    expect(detectDueAtMs(detectStateCodec.decode(bytes) as DetectState)).toBe(detectDueAtMs(apart));
  });

  it('says so when another version wrote it', () => {
    expect(() => detectStateCodec.decode(Buffer.from('{"triggers":{}}'))).toThrow('written by another version');
  });
});

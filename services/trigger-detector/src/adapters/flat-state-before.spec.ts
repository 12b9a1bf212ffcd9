import { expect, it } from '@jest/globals';
import { type DetectState, detectDueAtMs, JourneyStates, TriggerStates } from '@kairos/decisions';
import { detectStateCodec } from './flat-state-codec.ts';

/**
 * A state as version 7 wrote it: two triggers apart, two clocks that count from the last activity, two triggers that remember
 * alike, a journey, and one old person who is waited for.
 */
const WRITTEN_BY_7 = Buffer.from(
  [
    'BwKYAAAA4/9ksU0AAAAAAGi3B+d5QgAAAAAAAPh/eVJ1BhsAAAAAAAAAAAD4fwAAQK5W53lCCWNhcnQtbGVmdAECYzEBAm0xngEAiERw',
    'AAAAAQAAAA1Qcm9kdWN0IEFkZGVk/wwAAAB7InNrdSI6IsOpIn2BurcDAAAAAAAAAAAAAAAGdmlld2VkAAABAJ4BAIhEcAJtMIHwslIA',
    'AAACAm0xngEAiERwAA1Qcm9kdWN0IEFkZGVk/wwAAAB7InNrdSI6IsOpIn0HcXVpZXQtMQAAAFwmBYHwslIIcXVpZXQtMzAAAADIfpqB',
    'sMPVEgE4AAAAAABArlbneUIBBXR3aW5zAiAAAAAUAAAALCkM5OUtDOcAAAEAngEAiERwAm0wgfCyUgAAAAFhAWITeyJmaXJzdE5hbWUi',
    'OiJBZGEifQEDdmlwAXcBkwAAAAAAYUkE53lCAQJpMQ1jYXJ0LXJlY292ZXJ5AmoxCWNhcnQtbGVmdAJ0MQJjMQJmMQICbTECbTL/HAAA',
    'AHsicHJvZHVjdCI6eyJuYW1lIjoiQ2Fmw6kifX0DAp4BAIhEcNAPuRe5MAICazEBbbFUAghkZWZlcnJlZAZjaG9zZW4AAmsyAW4DAAtR',
    'VUlFVF9IT1VSUwt7IndhaXRzIjoxfQ==',
  ].join(''),
  'base64',
);

const FIRST_MS = 1_780_000_000_000;
const DAY_MS = 86_400_000;
const arm = { messageId: 'm1', atMs: FIRST_MS, traceparent: null };
const said = { event: 'Product Added', properties: '{"sku":"é"}' };
const nothing = { open: [], idle: null, cancels: [], fired: [], own: null, suspension: null };
const cancelled = {
  ...nothing,
  cancels: [{ key: '', atMs: FIRST_MS, messageId: 'm0', untilMs: FIRST_MS + DAY_MS }],
};
const quiet = (days: number) => ({
  ...nothing,
  idle: { last: arm, said, forMs: days * DAY_MS, timerAtMs: FIRST_MS + days * DAY_MS },
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it('a state that version 7 wrote is read as it was, and written again as this version writes it', () => {
  const decoded = detectStateCodec.decode(WRITTEN_BY_7) as DetectState;
  expect(plain(decoded)).toMatchObject({ profile: '{"firstName":"Ada"}', segments: ['vip'], watchedBy: 'w', waits: 1 });
  expect(plain(decoded.triggers)).toEqual({
    a: cancelled,
    b: cancelled,
    'cart-left': {
      ...nothing,
      open: [{ key: 'c1', arms: [arm], count: 1, said, dueAtMs: FIRST_MS + 3_600_000, graceMs: 0 }],
    },
    'quiet-1': quiet(1),
    'quiet-30': quiet(30),
    viewed: cancelled,
  });
  expect(decoded.journeys).toBeInstanceOf(JourneyStates);
  expect(plain(decoded.journeys)).toMatchObject([{ instanceId: 'i1', sends: [{}, { code: 'QUIET_HOURS' }] }]);
  expect(detectDueAtMs(decoded)).toBe(FIRST_MS + 3_600);

  const again = detectStateCodec.encode(decoded);
  expect(again[0]).toBe(8);
  const reread = detectStateCodec.decode(again) as DetectState;
  expect(plain(reread)).toEqual(plain(decoded));
  expect(detectDueAtMs(reread)).toBe(FIRST_MS + 3_600);
  const { active, shared } = TriggerStates.of(reread.triggers);
  expect([active?.clocks.length, shared.list.length]).toEqual([2, 1]);
});

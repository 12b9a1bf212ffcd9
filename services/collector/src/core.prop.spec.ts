import { expect, it } from '@jest/globals';
import { KairosError } from '@kairos/contracts';
import fc from 'fast-check';
import { collected, contextOf } from './core.fixture.ts';
import { CALL_TYPES, type Call, SOURCE_KINDS } from './core.ts';

const poison = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty');
const known = fc.constantFrom(
  ...['userId', 'anonymousId', 'event', 'type', 'action', 'properties', 'traits', 'context', 'timestamp', 'sentAt'],
  ...['originalTimestamp', 'messageId', 'batch', 'integrations', 'groupId', 'previousId', 'name', 'email', 'writeKey'],
);
const key = fc.oneof(known, poison, fc.string());
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.bigInt().map(Number),
  fc.constantFrom(null, true, false, '', 'track', 'identify', '2026-03-01T12:00:00Z', '9999-99-99', 'a@b.example'),
);
const { body } = fc.letrec((tie) => ({
  body: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('body'), { maxLength: 5 }),
    // What JSON.parse gives: poisoned names as own members.
    fc.array(fc.tuple(key, tie('body')), { maxLength: 8 }).map((entries) => {
      const made = {};
      for (const [name, value] of entries) {
        Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
      }
      return made;
    }),
  ),
}));
const type = fc.constantFrom<Call['type']>(...CALL_TYPES, 'batch');
const kind = fc.constantFrom(...SOURCE_KINDS);

it('whatever comes is accepted, rejected or refused by code; no object is changed; every event is in one list', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).join();
  fc.assert(
    fc.property(type, kind, body, (callType, sourceKind, value) => {
      try {
        const { accepted, rejected } = collected(callType, value, contextOf({ kind: sourceKind }));
        const batch = callType === 'batch' ? (value as { batch: unknown[] }).batch : [value];
        expect([...accepted, ...rejected].map(({ index }) => index).sort((a, b) => a - b)).toEqual(
          batch.map((_, i) => i),
        );
        for (const { key: recordKey, event } of accepted) {
          expect(recordKey.length).toBeGreaterThan(0);
          expect(event.messageId.length).toBeGreaterThan(0);
          expect(Number.isSafeInteger(event.occurredAtMs)).toBe(true);
          for (const text of [event.properties, event.traits, event.context]) {
            expect(text).not.toContain('"__proto__":');
            expect(typeof JSON.parse(text)).toBe('object');
          }
        }
      } catch (error) {
        expect(error).toBeInstanceOf(KairosError);
      }
      expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
      expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    }),
    { numRuns: 3_000 },
  );
});

it('the same call with the same clock and ids gives the same answer', () => {
  fc.assert(
    fc.property(type, body, (callType, value) => {
      const once = () => {
        try {
          return JSON.stringify(collected(callType, value, contextOf()).accepted);
        } catch (error) {
          return String(error);
        }
      };
      expect(once()).toBe(once());
    }),
    { numRuns: 500 },
  );
});

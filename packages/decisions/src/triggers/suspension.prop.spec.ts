import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TriggerDefinition, Unless } from '../definitions.ts';
import {
  cartLeft,
  DAY,
  eventWhen,
  HOUR,
  MINUTE,
  named,
  OnePerson,
  playbookOf,
  T0,
  triggerOf,
} from './detector.fixture.ts';
import { dueAtMs } from './due.ts';
import { mergeDetect } from './merge.ts';

const unless: Unless = { events: named('Complaint Opened'), until: named('Complaint Resolved'), atMostMs: 2 * DAY };
const person = (when = eventWhen('Page Viewed'), with_: Partial<TriggerDefinition> = { unless }) =>
  new OnePerson(playbookOf(triggerOf(when, with_)));
const at = (name: string, hour: number, more: object = {}) => ({ name, atMs: T0 + hour * HOUR, ...more });

describe('unless', () => {
  it('starts nothing after the event, until the end or the longest time has come, and says so', () => {
    const ada = person();
    for (const [hour, name] of [
      'Page Viewed',
      'Complaint Opened',
      'Page Viewed',
      'Complaint Resolved',
      'Page Viewed',
    ].entries()) {
      ada.sees(at(name, hour));
    }
    expect(ada.codes).toEqual(['BLOCKED']);
    expect(ada.proposals).toHaveLength(2);
    ada.sees(at('Complaint Opened', 5));
    ada.sees(at('Page Viewed', 52));
    ada.sees(at('Page Viewed', 53));
    expect(ada.codes).toEqual(['BLOCKED', 'BLOCKED']);
    expect(ada.proposals).toHaveLength(3);
  });

  it('goes by when things happened: an end that comes first ends what comes late', () => {
    const ada = person();
    ada.sees(at('Complaint Resolved', 2));
    ada.sees(at('Complaint Opened', 1, { loggedAtMs: T0 + 3 * HOUR }));
    ada.sees(at('Page Viewed', 4));
    expect(ada.proposals).toHaveLength(1);
  });

  it('holds what was waiting when it would fire, and takes nothing back', () => {
    const ada = person(cartLeft());
    ada.sees(at('Product Added', 0));
    ada.sees({ name: 'Complaint Opened', atMs: T0 + MINUTE });
    ada.reaches(T0 + 2 * HOUR);
    expect(ada.codes).toEqual(['BLOCKED']);
    const ben = person();
    ben.sees(at('Page Viewed', 0));
    ben.sees(at('Complaint Opened', 1));
    expect(ben.withdrawals).toEqual([]);
  });

  it('is forgotten when it can matter no more', () => {
    const ada = person();
    ada.sees(at('Complaint Opened', 0));
    expect(ada.state && dueAtMs(ada.state)).toBe(T0 + 2 * DAY);
    ada.reaches(T0 + 2 * DAY);
    expect(ada.state).toBeUndefined();
  });

  it('holds for who becomes one with the person, whoever moved to whom', () => {
    const [phone, laptop] = [person(), person()];
    phone.sees(at('Complaint Opened', 0));
    laptop.sees(at('Complaint Resolved', -1));
    const place = {
      personId: 'user:1',
      playbook: phone.playbook,
      timeMs: T0,
      linkedAtMs: T0,
      profile: '{}',
      segments: [],
    };
    const merged = mergeDetect(laptop.state, phone.state ?? null, place);
    expect(mergeDetect(phone.state, laptop.state ?? null, place)).toEqual(merged);
    laptop.state = merged.state;
    laptop.sees(at('Page Viewed', 1));
    expect(laptop.codes).toEqual(['BLOCKED']);
  });

  it('agrees with who asks all that happened before: late, repeated, with time told anywhere', () => {
    const entries = fc.array(
      fc.record({
        name: fc.constantFrom('Page Viewed', 'Page Viewed', 'Complaint Opened', 'Complaint Resolved'),
        hour: fc.integer({ min: 0, max: 150 }),
        late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 })),
        isTimeTold: fc.boolean(),
      }),
      { maxLength: 16 },
    );
    fc.assert(
      fc.property(entries, (list) => {
        const log = list
          .map((one) => ({ ...one, atMs: T0 + one.hour * HOUR, loggedAtMs: T0 + (one.hour + one.late) * HOUR }))
          .sort((a, b) => a.loggedAtMs - b.loggedAtMs);
        const ada = new OnePerson(playbookOf(triggerOf(eventWhen('Page Viewed'), { unless })));
        const expected: boolean[] = [];
        for (const [index, event] of log.entries()) {
          if (event.isTimeTold) ada.reaches(event.loggedAtMs - 1);
          ada.sees(event);
          if (event.name !== 'Page Viewed' || event.late > 24) continue;
          const before = log.slice(0, index);
          expected.push(
            before.some(
              (opened) =>
                opened.name === 'Complaint Opened' &&
                event.loggedAtMs < opened.atMs + 2 * DAY &&
                !before.some((end) => end.name === 'Complaint Resolved' && end.atMs >= opened.atMs),
            ),
          );
        }
        const told = ada.detected.filter(({ code }) => code !== 'EVENT_TOO_OLD');
        expect(told.map(({ code }) => code === 'BLOCKED')).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('pilot', () => {
  it('is for members of the segment, and for those of the audience among them', () => {
    const ada = person(eventWhen('Page Viewed'), {
      pilot: 'staff-friends',
      audience: 'profile.orderCount > 0 || false',
    });
    ada.sees(at('Page Viewed', 0, { profile: { orderCount: 1 } }));
    ada.sees(at('Page Viewed', 1, { segments: ['staff-friends'] }));
    ada.sees(at('Page Viewed', 2, { segments: ['staff-friends'], profile: { orderCount: 1 } }));
    expect(ada.codes).toEqual(['NOT_IN_AUDIENCE', 'NOT_IN_AUDIENCE']);
    expect(ada.proposals).toHaveLength(1);
    const ben = person(cartLeft(), { pilot: 'staff-friends' });
    ben.sees(at('Product Added', 0));
    ben.reaches(T0 + 2 * HOUR);
    expect(ben.codes).toEqual(['NOT_IN_AUDIENCE']);
  });
});

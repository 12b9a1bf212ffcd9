import { describe, expect, it } from '@jest/globals';
import { singleZoneOfCountry } from './country-zone.ts';
import { quietUntilMs } from './quiet-hours.ts';
import { clockChangeBetween, formatLocal, isZone, localTimeOf, localToUtcMs, offsetMsAt } from './zone.ts';

const at = (iso: string): number => Date.parse(iso);
const BERLIN = 'Europe/Berlin';
const night = { from: '21:00', to: '08:00' };

describe('zones', () => {
  it('knows names of the database and refuses offsets, blanks and inventions', () => {
    for (const zone of ['Europe/Berlin', 'UTC', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'europe/berlin'])
      expect(isZone(zone)).toBe(true);
    for (const zone of ['', '+02:00', 'Europe/Nope', 'GMT+25', ' UTC', '../etc', 'x'.repeat(70)])
      expect(isZone(zone)).toBe(false);
  });

  it('names the unknown zone in its error', () => {
    expect(() => offsetMsAt(0, 'Europe/Nope')).toThrow('"Europe/Nope" is not an IANA time zone');
  });

  it('reads calendar, clock and weekday of a zone', () => {
    expect(localTimeOf(at('2026-12-31T23:30:05Z'), BERLIN)).toEqual({
      year: 2027,
      month: 1,
      day: 1,
      hour: 0,
      minute: 30,
      second: 5,
      weekday: 5,
    });
    expect(formatLocal(at('2026-07-01T06:00:00Z'), BERLIN)).toBe('2026-07-01 08:00 Europe/Berlin');
  });

  it('finds the instant of a clock change', () => {
    expect(clockChangeBetween(at('2026-03-28T12:34:56Z'), at('2026-03-29T12:00:00Z'), BERLIN)).toBe(
      at('2026-03-29T01:00:00Z'),
    );
    expect(clockChangeBetween(at('2026-03-29T01:00:00Z'), at('2026-03-30T12:00:00Z'), BERLIN)).toBeNull();
  });

  it('takes a skipped local time as the first instant after the gap, and a repeated one as its first occurrence', () => {
    expect(localToUtcMs({ year: 2026, month: 3, day: 29, hour: 2, minute: 30 }, BERLIN)).toBe(
      at('2026-03-29T01:00:00Z'),
    );
    expect(localToUtcMs({ year: 2026, month: 10, day: 25, hour: 2, minute: 30 }, BERLIN)).toBe(
      at('2026-10-25T00:30:00Z'),
    );
    expect(localToUtcMs({ year: 2026, month: 7, day: 1, hour: 9 }, BERLIN)).toBe(at('2026-07-01T07:00:00Z'));
  });

  it('knows the one clock of a country, and that Spain, the United States and Ukraine have several', () => {
    const expected = {
      GB: 'Europe/London',
      DE: 'Europe/Berlin',
      FR: 'Europe/Paris',
      IT: 'Europe/Rome',
      NL: 'Europe/Amsterdam',
      BE: 'Europe/Brussels',
      IE: 'Europe/Dublin',
      PL: 'Europe/Warsaw',
      SE: 'Europe/Stockholm',
      NO: 'Europe/Oslo',
      DK: 'Europe/Copenhagen',
      FI: 'Europe/Helsinki',
      AT: 'Europe/Vienna',
      CH: 'Europe/Zurich',
      CZ: 'Europe/Prague',
      JP: 'Asia/Tokyo',
      KR: 'Asia/Seoul',
      SG: 'Asia/Singapore',
      de: 'Europe/Berlin',
    };
    for (const [code, zone] of Object.entries(expected))
      expect([code, singleZoneOfCountry(code)]).toEqual([code, zone]);
    expect(['Asia/Kolkata', 'Asia/Calcutta']).toContain(singleZoneOfCountry('IN'));
    for (const code of ['ES', 'US', 'UA', 'RU', 'AU', 'PT', 'ZZ', 'XX', '', 'DEU'])
      expect([code, singleZoneOfCountry(code)]).toEqual([code, null]);
  });
});

describe('quiet hours', () => {
  it('cross midnight and end on the person’s clock', () => {
    expect(quietUntilMs(at('2026-07-01T20:00:00Z'), BERLIN, night)).toBe(at('2026-07-02T06:00:00Z'));
    expect(quietUntilMs(at('2026-07-02T05:59:59.999Z'), BERLIN, night)).toBe(at('2026-07-02T06:00:00Z'));
    expect(quietUntilMs(at('2026-07-02T06:00:00Z'), BERLIN, night)).toBeNull();
    expect(quietUntilMs(at('2026-07-01T18:59:59Z'), BERLIN, night)).toBeNull();
    expect(quietUntilMs(at('2026-07-01T19:00:00Z'), BERLIN, night)).toBe(at('2026-07-02T06:00:00Z'));
  });

  it('last an hour less or more in the night of a clock change', () => {
    expect(quietUntilMs(at('2026-03-28T20:00:00Z'), BERLIN, night)).toBe(at('2026-03-29T06:00:00Z'));
    expect(quietUntilMs(at('2026-10-24T19:00:00Z'), BERLIN, night)).toBe(at('2026-10-25T07:00:00Z'));
  });

  it('end with the first instant after the gap when their end is skipped', () => {
    const span = { from: '22:00', to: '02:30' };
    expect(quietUntilMs(at('2026-03-28T23:00:00Z'), BERLIN, span)).toBe(at('2026-03-29T01:00:00Z'));
  });

  it('are quiet both times in a repeated hour, and begin again when the clock is set back into them', () => {
    const span = { from: '22:00', to: '02:30' };
    expect(quietUntilMs(at('2026-10-25T00:10:00Z'), BERLIN, span)).toBe(at('2026-10-25T00:30:00Z'));
    expect(quietUntilMs(at('2026-10-25T00:45:00Z'), BERLIN, span)).toBeNull();
    expect(quietUntilMs(at('2026-10-25T01:10:00Z'), BERLIN, span)).toBe(at('2026-10-25T01:30:00Z'));
  });

  it('are never when they begin and end at the same time, and refuse what is no time of day', () => {
    expect(quietUntilMs(at('2026-07-01T20:00:00Z'), BERLIN, { from: '08:00', to: '08:00' })).toBeNull();
    expect(() => quietUntilMs(0, BERLIN, { from: '8', to: '24:30' })).toThrow('quiet hours need HH:MM');
  });
});

import { describe, expect, it } from '@jest/globals';
import { profileFields } from '../conditions/profile-fields.ts';
import { checkProfile } from './check-profile.ts';
import { deviceOf } from './device.ts';
import { OneProfile, T0 } from './profile.fixture.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;
const identifies = (traits: object, more: object = {}) => ({ type: 'identify', name: 'Identified', traits, ...more });

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';
const IPAD =
  'Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1 Mobile/15E148 Safari/604.1';
const WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const TV =
  'Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36';
const BOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

describe('the profile', () => {
  it('has exactly the fields that conditions may read', () => {
    expect(Object.keys(new OneProfile().view).sort()).toEqual([...profileFields].sort());
  });

  it('knows the device of the latest event, however late the others come', () => {
    const ada = new OneProfile();
    ada.sees({ context: { userAgent: IPHONE }, occurredAtMs: T0 });
    ada.sees({ context: { userAgent: WINDOWS }, occurredAtMs: T0 - DAY });
    ada.sees({ occurredAtMs: T0 + 1 });
    expect(ada.view).toMatchObject({ device: 'mobile' });
  });

  it('takes the country from the address, then the place, then the locale, then the phone', () => {
    const ada = new OneProfile();
    expect(ada.view).toMatchObject({ country: null });
    ada.sees(identifies({ phone: '+49 30 901820' }));
    expect(ada.view).toMatchObject({ country: 'DE' });
    ada.sees({ context: { locale: 'de-AT' } });
    expect(ada.view).toMatchObject({ country: 'AT' });
    ada.sees({ context: { location: { country: 'ch' } } });
    expect(ada.view).toMatchObject({ country: 'CH' });
    ada.sees(identifies({ address: { country: 'IT' } }));
    expect(ada.view).toMatchObject({ country: 'IT' });
    ada.sees(identifies({ address: { country: 'XX' } }));
    expect(ada.view).toMatchObject({ country: 'CH' });
  });

  it('knows the age at the time of the event, where the person lives', () => {
    const age = (traits: object, loggedAtMs = T0) => {
      const ada = new OneProfile();
      ada.sees(identifies(traits, { occurredAtMs: T0 }));
      return JSON.parse(ada.sees({ occurredAtMs: T0 }, { loggedAtMs }).changed.profile).age;
    };
    // T0 is 3 June 2026, 10:00 UTC.
    expect(age({ birthday: '1990-06-03' })).toBe(36);
    expect(age({ birthday: '1990-06-04' })).toBe(35);
    expect(age({ birthday: '1990-06-04', timezone: 'Pacific/Kiritimati' })).toBe(36);
    expect(age({ birthday: '--06-03' })).toBeNull();
    expect(age({ birthday: 'soon', age: '41' })).toBe(41);
    expect(age({ age: 41 }, T0 + 2 * YEAR + DAY)).toBe(43);
    expect(age({ age: -1 })).toBeNull();
    expect(age({ birthday: '2004-02-29' }, Date.UTC(2027, 1, 28, 12))).toBe(23);
  });

  it('knows what an order is worth on average, and the first and the last product', () => {
    const ada = new OneProfile();
    expect(ada.view).toMatchObject({ averageOrderValue: null, firstProduct: null });
    const order = (total: number, name: string, day: number) => ({
      name: 'Order Completed',
      properties: { total, products: [{ product_id: name, name, category: 'Shoes' }] },
      occurredAtMs: T0 + day * DAY,
    });
    ada.sees(order(10, 'boots', 2));
    ada.sees(order(30, 'socks', 1));
    expect(ada.view).toMatchObject({
      averageOrderValue: 20,
      firstProduct: { id: 'socks', name: 'socks', category: 'Shoes' },
      lastProduct: { id: 'boots' },
    });
  });
});

describe('the device', () => {
  it('is what the client says, then its hints, then its user agent', () => {
    expect(deviceOf({ device: { type: 'ios' }, userAgent: WINDOWS })).toBe('app');
    expect(deviceOf({ userAgentData: { mobile: true, platform: 'Android' }, userAgent: WINDOWS })).toBe('mobile');
    expect(deviceOf({ userAgentData: { mobile: false, platform: 'macOS' } })).toBe('desktop');
    expect(deviceOf({ userAgentData: { mobile: false, platform: 'Android' } })).toBe('tablet');
    expect(deviceOf({ userAgent: IPHONE })).toBe('mobile');
    expect(deviceOf({ userAgent: IPAD })).toBe('tablet');
    expect(deviceOf({ userAgent: WINDOWS })).toBe('desktop');
    expect(deviceOf({ userAgent: TV })).toBe('tv');
  });

  it('is unknown of bots, of servers, and of what is far too long', () => {
    for (const userAgent of [BOT, 'axios/1.7', 'x'.repeat(100_000)]) expect(deviceOf({ userAgent })).toBeNull();
    expect(deviceOf({ device: { type: 'constructor' } })).toBeNull();
  });
});

describe('an expression over the profile', () => {
  const faults = (text: string) => checkProfile(text, { mustBeBoolean: true }).map(({ message }) => message);

  it('is at fault where it could never be true', () => {
    expect(faults('profile.isReturning && profile.age >= 18 && profile.device == "tablet"')).toEqual([]);
    expect(faults('profile.isReturning == "yes"')).toEqual([
      '“profile.isReturning” is true or false and “"yes"” is a text: they never compare.',
    ]);
    expect(faults('profile.device == "phone"')).toEqual(['profile.device is never “"phone"”.']);
    expect(faults('profile.lastProduct.brand == "x"')).toEqual(['The profile.lastProduct has no field “brand”.']);
    expect(faults('profile.country')).toEqual(['“profile.country” is a text, not true or false.']);
    expect(faults('profile.preferences.topics.news == false && !profile.preferences.topics["own-brand"]')).toEqual([]);
    expect(faults('"sms" in profile.preferences.channels && profile.preferences.channels[0] == "sms"')).toEqual([]);
    expect(faults('profile.preferences.frequency.max < 3 && profile.preferences.frequency.perMs > 1')).toEqual([]);
    expect(faults('profile.preferences.topic.news')).toEqual(['The profile.preferences has no field “topic”.']);
    expect(faults('profile.preferences.frequency.per == "day"')).toEqual([
      'The profile.preferences.frequency has no field “per”.',
    ]);
    expect(faults('profile.preferences.topics.news == "no"')).toEqual([
      '“profile.preferences.topics.news” is true or false and “"no"” is a text: they never compare.',
    ]);
    expect(faults('profile.preferences.topics.news.weekly')).toEqual([
      'The profile.preferences.topics.* has no field “weekly”.',
    ]);
    expect(faults('profile.preferences.channels == "sms"')).toEqual([
      '“profile.preferences.channels” is a list and “"sms"” is a text: they never compare.',
    ]);
    expect(faults('profile.traits.anything.below > 3 && profile.counters["X"] > 1')).toEqual([]);
  });
});

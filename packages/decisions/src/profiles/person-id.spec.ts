import { describe, expect, it } from '@jest/globals';
import { normalizeE164, normalizeEmail, senderOf } from './person-id.ts';

const nobody = { anonymousId: null, userId: null, email: null, phone: null };

describe('who sent an event', () => {
  it('the key is the anonymous id, else the user id, else an address', () => {
    expect(senderOf({ ...nobody, anonymousId: 'A', userId: 'U' })).toEqual({ sourceKey: 'A', personId: 'anon:A' });
    expect(senderOf({ ...nobody, userId: 'U', email: 'a@b.c' })).toEqual({ sourceKey: 'U', personId: 'user:U' });
    expect(senderOf({ ...nobody, email: 'Ada@Example.COM' })).toEqual({
      sourceKey: 'Ada@example.com',
      personId: 'email:Ada@example.com',
    });
    expect(senderOf(nobody, { phone: '+44 (20) 7946-0000' })?.personId).toBe('phone:+442079460000');
    expect(senderOf(nobody, { email: 'a@b.c' })?.personId).toBe('email:a@b.c');
    expect(senderOf({ ...nobody, card: '6340 0412' })).toEqual({ sourceKey: '63400412', personId: 'card:63400412' });
  });

  it('nobody is nobody: empty ids, broken addresses', () => {
    for (const fields of [nobody, { ...nobody, anonymousId: '', userId: '' }, { ...nobody, email: 'no address' }]) {
      expect(senderOf(fields, { email: 7, phone: '0171 123' })).toBeNull();
    }
  });

  it('an address is trimmed and its domain lowered; the local part stays', () => {
    expect(normalizeEmail('  Ada.Lovelace@EXAMPLE.com ')).toBe('Ada.Lovelace@example.com');
    for (const bad of ['', 'a', 'a@', '@b', 'a b@c.d', `${'x'.repeat(251)}@b.c`])
      expect(normalizeEmail(bad)).toBeNull();
    expect(normalizeE164('+49 171 / 1234567')).toBe('+491711234567');
    expect(normalizeE164('0171 1234567')).toBeNull();
  });
});

import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { basicOf, bearerOf, constantTimeEqual, signToken, verifyToken } from './auth.ts';

const nowMs = 1_000_000;
const later = nowMs + 1;

describe('tokens', () => {
  const token = signToken({ use: 'click', candidateId: 'c1' }, 'secret', later);

  it('come back as they were signed', () => {
    expect(verifyToken(token, 'secret', { nowMs, use: 'click' })).toEqual({
      ok: true,
      payload: { use: 'click', candidateId: 'c1' },
      expiresAtMs: later,
    });
  });

  it('are accepted under the old secret while both are given', () => {
    expect(verifyToken(token, ['new', 'secret'], { nowMs }).ok).toBe(true);
  });

  it('can be made by anybody who follows the page, in any language', () => {
    const body = Buffer.from('{"userId":"42","exp":1000001}').toString('base64url');
    const foreign = `${body}.${createHmac('sha256', 'secret').update(body).digest('base64url')}`;
    expect(verifyToken(foreign, 'secret', { nowMs })).toMatchObject({ ok: true, payload: { userId: '42' } });
  });

  it.each([
    ['another secret', signToken({}, 'other', later), 'forged'],
    ['an altered payload', `${Buffer.from('{"exp":9999999}').toString('base64url')}.${token.split('.')[1]}`, 'forged'],
    ['an empty signature', `${token.split('.')[0]}.`, 'forged'],
    ['no dot', 'abc', 'malformed'],
    ['three parts', `${token}.x`, 'malformed'],
    ['nothing', '', 'malformed'],
    ['expiry reached', signToken({ use: 'click' }, 'secret', nowMs), 'expired'],
    ['another use', signToken({ use: 'unsubscribe' }, 'secret', later), 'other-use'],
  ])('are refused for %s', (_, given, problem) => {
    expect(verifyToken(given, 'secret', { nowMs, use: 'click' })).toEqual({ ok: false, problem });
  });

  it('differ for every single altered character', () => {
    for (let index = 0; index < token.length; index++) {
      const other = token[index] === 'A' ? 'B' : 'A';
      const altered = token.slice(0, index) + other + token.slice(index + 1);
      const check = verifyToken(altered, 'secret', { nowMs });
      // The last character of base64url carries unused bits: what decodes to the same bytes is the same signature.
      if (index < token.length - 1) expect(check.ok).toBe(false);
    }
  });
});

it('compares secrets of any length', () => {
  expect(constantTimeEqual('a', 'a')).toBe(true);
  expect(constantTimeEqual('a', 'ab')).toBe(false);
  expect(constantTimeEqual('', '')).toBe(true);
});

it('reads Authorization headers', () => {
  expect(bearerOf('Bearer abc')).toBe('abc');
  expect(bearerOf('bearer  abc ')).toBe('abc');
  expect(bearerOf('Basic abc')).toBeUndefined();
  expect(basicOf(`Basic ${Buffer.from('key:').toString('base64')}`)).toEqual({ user: 'key', password: '' });
  expect(basicOf(`Basic ${Buffer.from('key:a:b').toString('base64')}`)).toEqual({ user: 'key', password: 'a:b' });
  expect(basicOf(undefined)).toBeUndefined();
});

import { describe, expect, it } from '@jest/globals';
import { errors } from './errors.ts';
import { explainReason, isReasonCode, reasons } from './reasons.ts';

describe('reasons', () => {
  it.each(Object.entries(reasons))('%s is a sentence with an emitter', (code, reason) => {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(reason.sentence).toMatch(/^[A-Z“{I].*\.$/);
    expect(reason.emitters.length).toBeGreaterThan(0);
  });

  it('fills in the numbers of a decision and never shows a bare placeholder', () => {
    const numbers = { rule: 'two-a-week', limit: 2, count: 2, resetsAt: 'Monday 09:00' };
    expect(explainReason('CAP_REACHED', numbers)).toBe(
      'Rule two-a-week allows 2 and 2 were already sent or reserved; there is room again at Monday 09:00.',
    );
    for (const code of Object.keys(reasons)) expect(explainReason(code)).not.toMatch(/[{}]/);
  });

  it('says so when a code is not on the list', () => {
    expect(isReasonCode('toString')).toBe(false);
    expect(explainReason('NEW_CODE')).toBe('Unknown reason NEW_CODE.');
  });
});

it.each(Object.entries(errors))('error %s has a sentence', (_code, error) => {
  expect(error.sentence).toMatch(/^[A-Z].*\.$/);
});

import { describe, expect, it } from '@jest/globals';
import { parseRefusals, refusalOf } from './mailbox-server.ts';

describe('whom the mailbox refuses', () => {
  it('is reject@ for good and tempfail@ for now, whatever else is asked', () => {
    const refusals = parseRefusals(undefined);
    expect(refusalOf('Reject@shop.example', refusals)?.code).toBe(550);
    expect(refusalOf('tempfail@shop.example', refusals)?.code).toBe(451);
    expect(refusalOf('anna@shop.example', refusals)).toBeUndefined();
  });

  it('can be told more by the environment', () => {
    expect(refusalOf('full@shop.example', parseRefusals('full@=452, gone@=550'))?.code).toBe(452);
  });

  it('is an error with the remedy when it is not understood', () => {
    expect(() => parseRefusals('full@')).toThrow('"full@" is not like bounce@=550');
    expect(() => parseRefusals('full@=250')).toThrow('a code from 400 to 599');
  });
});

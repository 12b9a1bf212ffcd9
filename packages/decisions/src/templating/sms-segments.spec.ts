import { describe, expect, it } from '@jest/globals';
import { smsLength } from './sms-segments.ts';

const lengthOf = (text: string) => {
  const { encoding, units, segments } = smsLength(text);
  return `${encoding} ${units} ${segments}`;
};

describe('the length of a text message', () => {
  it.each([
    ['', 'GSM-7 0 1'],
    ['a'.repeat(160), 'GSM-7 160 1'],
    ['a'.repeat(161), 'GSM-7 161 2'],
    ['a'.repeat(306), 'GSM-7 306 2'],
    ['a'.repeat(307), 'GSM-7 307 3'],
    ['Grüße, Ærø! ¿Qué? 5 £', 'GSM-7 21 1'],
    ['€'.repeat(80), 'GSM-7 160 1'],
    ['ç', 'UCS-2 1 1'],
    ['…'.repeat(70), 'UCS-2 70 1'],
    ['…'.repeat(71), 'UCS-2 71 2'],
    ['😀'.repeat(35), 'UCS-2 70 1'],
  ])('%s', (text, expected) => expect(lengthOf(text)).toBe(expected));

  it('never cuts a character in two: the euro sign and an emoji move into the next segment whole', () => {
    expect(lengthOf(`${'a'.repeat(152)}€${'a'.repeat(152)}`)).toBe('GSM-7 306 3');
    expect(lengthOf(`${'…'.repeat(66)}😀${'…'.repeat(66)}`)).toBe('UCS-2 134 3');
  });
});

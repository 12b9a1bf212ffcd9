import fc from 'fast-check';
import { FlatObject } from './flat-object.ts';
import { fieldOf } from './values.ts';

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** Texts that are nearly JSON: pieces of it in any order. */
const hostile = fc
  .array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      ' ',
      '\n',
      '\t',
      '\\',
      '\\"',
      '\\u0061',
      'a',
      'b',
      '__proto__',
      'é',
      '\ud800',
      '\u0001',
      'true',
      'false',
      'null',
      'tru',
      '0',
      '-',
      '-0',
      '01',
      '1.',
      '.5',
      '1.50',
      '1e3',
      '1E-2',
      '9007199254740993',
      'NaN',
      '{"a":1',
      '"a":',
      ',"a":2',
      '"a":"b"',
      '}',
      '"}',
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(''));

const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor', '', 'price'), fc.string({ maxLength: 6 }));
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 2 }),
  fc.dictionary(name, fc.integer(), { maxKeys: 2 }),
);
/** Names may come twice, which an object cannot say. */
const written = fc
  .array(fc.tuple(name, value), { maxLength: 8 })
  .map((members) => `{${members.map(([key, held]) => `${JSON.stringify(key)}:${JSON.stringify(held)}`).join()}}`);

const said = new FlatObject();
let flat = 0;

const agrees = (text: string, names: readonly string[]): void => {
  if (!said.isFlat(text)) return;
  flat += 1;
  const whole = parsed(text);
  expect({ text, isObject: typeof whole === 'object' && whole !== null && !Array.isArray(whole) }).toEqual({
    text,
    isObject: true,
  });
  for (const key of [...names, ...Object.keys(whole as object)]) {
    const own = said.valueOf(key);
    expect({ text, key, is: Object.is(own, fieldOf(whole, key)), own }).toEqual({ text, key, is: true, own });
  }
};

describe('an object that is read by name', () => {
  it('says of each name what JSON.parse says, whatever was written', () => {
    flat = 0;
    fc.assert(fc.property(written, fc.array(name), agrees), { numRuns: 5_000 });
    expect(flat).toBeGreaterThan(300);
  });

  it('takes nothing for an object that JSON.parse would not', () => {
    flat = 0;
    fc.assert(
      fc.property(hostile, (text) => agrees(text, ['a', 'b'])),
      { numRuns: 40_000 },
    );
    fc.assert(
      fc.property(hostile, hostile, (before, after) => agrees(`{"a":1${before},"b":"c"${after}}`, ['a', 'b'])),
      { numRuns: 40_000 },
    );
    expect(flat).toBeGreaterThan(200);
  });

  it('answers for the text that it was asked for last', () => {
    expect(said.isFlat('{"a":1}')).toBe(true);
    expect(said.isFlat('{"a":[1]}')).toBe(false);
    expect(said.isFlat('{"a":"x","a":"y","b":null}')).toBe(true);
    expect(['a', 'b', 'c'].map((key) => said.valueOf(key))).toEqual(['y', null, null]);
  });
});

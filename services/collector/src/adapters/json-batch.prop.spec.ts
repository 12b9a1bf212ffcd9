import { expect, it } from '@jest/globals';
import { KairosError } from '@kairos/contracts';
import fc from 'fast-check';
import { contextOf } from '../core.fixture.ts';
import { type Call, collect, SOURCE_KINDS, type SourceKind } from '../core.ts';
import { RawEvent, RawObject } from '../ports.ts';
import { callOf } from './call-of-text.ts';
import { readBatch } from './json-batch.ts';

/** JSON values as text: what clients write, and all that `JSON.stringify` would write differently. */
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
  fc.constantFrom('0', '-0', '1.0', '1e999', '-1e-7', '0.000001', '1E5', '12345678901234567890', '79.90'),
  fc.constantFrom(
    '0.1',
    '-12.5',
    '1e+21',
    '123456789012345',
    '1234567890123456',
    '9007199254740993',
    '0.30000000000000004',
  ),
);
const quotedText = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 12 }).map((value) => JSON.stringify(value)),
  fc.constantFrom('"\\u0041"', '"\\/"', '"\\n\\"\\\\"', '"\\ud800"', '"\\u0000"', '"\u{1f97e}"', '"\ud83e"'),
  fc.constantFrom(
    '"track"',
    '"identify"',
    '"page"',
    '"group"',
    '"alias"',
    '"2026-03-01T12:00:00.000Z"',
    '"Ann@b.example"',
  ),
);
const scalar = fc.oneof(number, quotedText, fc.constantFrom('null', 'true', 'false'));
const rareName = fc.constantFrom(
  '__proto__',
  'constructor',
  'backfill',
  'candidateId',
  'userAgent',
  '1',
  '0a',
  'toJSON',
  'email',
);
const memberName = fc.oneof(
  rareName.map((name) => `"${name}"`),
  fc.constantFrom('"a"', '"b"', '"traits"', '"\\u0061"', '"\u00e4"', '"\ud83e\udd7e"'),
  quotedText,
);
const space = fc.constantFrom('', '', '', '', '', ' ', '\n');
const listOf = (items: fc.Arbitrary<string>) =>
  fc.array(items, { maxLength: 4 }).map((texts) => `[${texts.join(',')}]`);
const objectOf = (members: fc.Arbitrary<readonly [string, string]>, maxLength = 6) =>
  fc
    .tuple(fc.array(members, { maxLength }), space)
    .map(([all, gap]) => `{${all.map(([n, v]) => `${n}:${v}`).join(`,${gap}`)}}`);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    listOf(tie('value')),
    objectOf(fc.tuple(memberName, tie('value'))),
  ),
}));
/** So deep, or so large, that the core refuses it. */
const extreme = fc.constantFrom(
  ...[19, 20, 21].map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  ...[19, 20].map((depth) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  ...[4_998, 4_999, 5_000].map((items) => `{"a":[${Array.from({ length: items }, () => 0).join(',')}]}`),
  `{${Array.from({ length: 70 }, (_none, at) => `"n${at}":${at}`).join(',')}}`,
  `{"a":"${'ä'.repeat(17_000)}"}`,
);
const plainObject = fc
  .dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })
  .map((made) => JSON.stringify(made));
/** What clients write but for one member. */
const almostPlain = fc
  .tuple(fc.constantFrom('"b":1', '"b":{"a":2}', '"c":[],"a":"x"'), memberName, value, fc.boolean())
  .map(([plain, name, odd, isFirst]) => (isFirst ? `{${name}:${odd},${plain}}` : `{${plain},${name}:${odd}}`));
const fields = fc.oneof(
  { weight: 3, arbitrary: plainObject },
  { weight: 8, arbitrary: almostPlain },
  { weight: 2, arbitrary: objectOf(fc.tuple(memberName, value)) },
  { weight: 1, arbitrary: extreme },
  { weight: 1, arbitrary: scalar },
);
const eventMember = fc.oneof(
  fc.tuple(fc.constantFrom('"properties"', '"traits"', '"context"'), fields),
  fc.tuple(fc.constantFrom('"userId"', '"anonymousId"', '"messageId"', '"event"', '"type"', '"name"'), scalar),
  fc.tuple(fc.constantFrom('"timestamp"', '"sentAt"', '"groupId"', '"previousId"', '"integrations"', '"x"'), value),
);
const usual = fc.constantFrom(
  '"type":"track","event":"Seen"',
  '"type":"identify"',
  '"type":"page"',
  '"type":"group","groupId":1',
);
const event = fc.oneof(
  {
    weight: 30,
    arbitrary: fc
      .tuple(
        usual,
        fc.constantFrom('"userId":"u"', '"anonymousId":"a"', '"x":1'),
        fc.array(eventMember, { maxLength: 5 }),
      )
      .map(([type, id, more]) => `{${[type, id, ...more.map(([n, v]) => `${n}:${v}`)].join(',')}}`),
  },
  { weight: 1, arbitrary: value },
);
const events = fc.oneof(
  fc.array(event, { maxLength: 4 }),
  // The same context again and again, and one that only begins like it.
  fc.tuple(event, event, fc.nat(3)).map(([first, last, times]) => [first, ...Array<string>(times).fill(first), last]),
);
const bodyText = fc
  .tuple(
    events,
    fc.array(fc.tuple(fc.constantFrom('"sentAt"', '"context"', '"batch"', '"writeKey"', '"toString"'), value), {
      maxLength: 2,
    }),
  )
  .map(([items, more]) => `{${[`"batch":[${items.join(',')}]`, ...more.map(([n, v]) => `${n}:${v}`)].join(',')}}`);
/** A body with one place changed: cut, doubled, or another letter. */
const mutated = fc
  .tuple(
    bodyText,
    fc.nat(),
    fc.constantFrom('', ',', '"', '}', '{', '\\', ' ', ':', '1', '0', 'e', '\u0000', '\t', '\u00e4', ']'),
    fc.nat(2),
  )
  .map(([text, place, letter, dropped]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + letter + text.slice(at + dropped);
  });

const outcomeOf = (call: Call, kind: SourceKind): unknown => {
  try {
    return collect(call, contextOf({ kind }, { userAgent: 'ua', clientIp: 'ip' }));
  } catch (error) {
    if (!(error instanceof KairosError)) throw error;
    return { code: error.code, message: error.message, field: error.field };
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const sameOutcome = (text: string, kind: SourceKind): void => {
  const read = readBatch(text);
  const whole = parsed(text);
  if (whole === undefined) expect(read).toBeUndefined();
  if (read === undefined) return;
  const ours = outcomeOf(callOf('batch', text), kind);
  // A text with half a character in it is never a body: both are told the same of it.
  const expected = outcomeOf({ type: 'batch', body: whole, isPlain: !text.includes('\\u') }, kind);
  expect(ours).toEqual(expected);
  // What is kept for the dead letters is the same text, in the same order.
  expect(JSON.stringify(ours)).toBe(JSON.stringify(expected));
};

it('a batch that is read without being parsed whole becomes the same events and refusals, to the letter', () => {
  fc.assert(fc.property(bodyText, fc.constantFrom(...SOURCE_KINDS), sameOutcome), { numRuns: 1_500 });
});

it('a body that was damaged at one place is taken or refused as JSON.parse would have it', () => {
  fc.assert(fc.property(mutated, fc.constantFrom(...SOURCE_KINDS), sameOutcome), { numRuns: 1_500 });
});

it('bytes that are no UTF-8 are taken as their replacement characters, as before', () => {
  fc.assert(
    fc.property(bodyText, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 }), (text, place, bytes) => {
      const whole = Buffer.from(text);
      whole.set(bytes.subarray(0, whole.length - (place % whole.length)), place % whole.length);
      sameOutcome(whole.toString('utf8'), 'server');
    }),
    { numRuns: 1_000 },
  );
});

const cardMember = fc.tuple(
  fc.constantFrom('"cardNumber"', '"card_number"', '"\\u0063ardNumber"', '"card_\\u006eumber"', '"card"', '"number"'),
  fc.constantFrom('"4111111111111111"', '4111111111111111', '"4111 1111\\u00201111 1111"', '"634004123456"', '"\\n"'),
);
const cardFields = fc.oneof(
  objectOf(cardMember, 2),
  objectOf(cardMember, 2).map((traits) => `{"traits":${traits}}`),
);
const cardEvent = fc
  .tuple(fc.constantFrom('"properties"', '"traits"', '"context"', '"integrations"'), cardFields)
  .map(([name, said]) => `{"type":"track","event":"Seen","userId":"u",${name}:${said}}`);

it('a card that one pays with is found in every event, though most bodies are looked at as a whole only', () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.array(cardEvent, { minLength: 1, maxLength: 3 }), cardFields, (items, context) => {
      for (const text of [`{"batch":[${items.join(',')}]}`, `{"batch":[${items.join(',')}],"context":${context}}`]) {
        const ours = outcomeOf(callOf('batch', text), 'server');
        expect(ours).toEqual(outcomeOf({ type: 'batch', body: JSON.parse(text) }, 'server'));
        if (JSON.stringify(ours).includes('PAYMENT_CARD_REFUSED')) refused += 1;
      }
      const [first = ''] = items;
      const single = outcomeOf(callOf('track', first), 'server');
      expect(single).toEqual(outcomeOf({ type: 'track', body: JSON.parse(first) }, 'server'));
    }),
    { numRuns: 1_000 },
  );
  expect(refused).toBeGreaterThan(300);
});

it('what JSON.stringify has written stays text', () => {
  const context = JSON.stringify({ library: { name: 'x', version: '1' }, userAgent: 'Mozilla "5.0"' });
  const said = '{"a":[1,-2.5,0,true,null,{}],"ü":"\u{1f97e}\\n","n":1e+21}';
  const text = `{"batch":[{"type":"track","event":"A","userId":"u","properties":${said},"context":{}},{"properties":{"b":1.0},"context":${context}}]}`;
  const { batch } = readBatch(text) as { batch: RawEvent[] };
  expect(batch.map((one) => one instanceof RawEvent)).toEqual([true, true]);
  expect(batch[0]?.properties).toEqual(new RawObject(said, undefined));
  expect(batch[1]?.properties).toEqual({ b: 1 });
  expect(batch[1]?.context).toEqual({ library: { name: 'x', version: '1' }, userAgent: 'Mozilla "5.0"' });
});

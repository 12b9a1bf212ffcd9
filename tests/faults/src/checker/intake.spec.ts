import { expect, it } from '@jest/globals';
import { checkIntake } from './intake.ts';
import { checkStates } from './states.ts';

const places = (...ids: string[]) => new Map(ids.map((id) => [id, ['0@1']]));
const sent = { acknowledged: new Set(['a', 'b']), unknown: new Set(['c']) };
const faultsOf = (found: ReadonlyMap<string, readonly string[]>) =>
  checkIntake('it', sent, found).findings.map(({ fault }) => fault);

it('acknowledged events must be on the log; those of unknown fate may be', () => {
  expect(faultsOf(places('a', 'b'))).toEqual([]);
  expect(faultsOf(places('a', 'b', 'c'))).toEqual([]);
  expect(faultsOf(places('a', 'c'))).toEqual(['lost']);
});

it('an event that nobody sent is a phantom', () => {
  expect(faultsOf(places('a', 'b', 'z'))).toEqual(['phantom']);
});

it('a state that differs, is missing or is too many is found, with the place where it parts', () => {
  const of = (entries: Record<string, string>) =>
    new Map(Object.entries(entries).map(([key, text]) => [key, Buffer.from(text)]));
  const judge = (kept: Record<string, string>, folded: Record<string, string>) =>
    checkStates('it', [{ partition: 3, kept: of(kept), folded: of(folded) }]).findings;
  expect(judge({ ann: '{"n":1}' }, { ann: '{"n":1}' })).toEqual([]);
  expect(judge({ ann: '{"n":1}' }, { ann: '{"n":2}' })).toMatchObject([
    { fault: 'state', what: expect.stringContaining('at byte 5') },
  ]);
  expect(judge({}, { ann: '{}' })).toMatchObject([{ what: 'partition 3: ann is missing' }]);
  expect(judge({ ann: '{}' }, {})).toMatchObject([{ fault: 'state' }]);
});

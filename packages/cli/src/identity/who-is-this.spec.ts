import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { companies, contradictions, households, identifiers } from './who-is-this/identifiers.fixture.ts';
import { aVisitorLogsIn, type Promises, severalDevices, severalPersons } from './who-is-this/logins.fixture.ts';
import { open } from './whole-house.fixture.ts';

// docs/guides/who-is-this.md is the list of tests: what it says with a dash before it is run here.

const promises: Readonly<Record<string, Promises>> = {
  'A visitor logs in': aVisitorLogsIn,
  'One person, several devices': severalDevices,
  'One device, several persons': severalPersons,
  'E-mail, phone and loyalty card': identifiers,
  'A household': households,
  'A company': companies,
  'What contradicts itself': contradictions,
};

interface Section {
  readonly heading: string;
  readonly sentences: readonly string[];
}

const guide = readFileSync(join(import.meta.dirname, '../../../../docs/guides/who-is-this.md'), 'utf8');
const sections: readonly Section[] = guide
  .replaceAll("'", '’')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    heading: text.slice(0, text.indexOf('\n')),
    sentences: [...text.matchAll(/^- (.*)$/gm)].map(([, sentence = '']) => sentence),
  }))
  .filter(({ sentences }) => sentences.length > 0);

beforeEach(() => open());

describe.each(sections)('$heading', ({ heading, sentences }) => {
  it.each(sentences)('%s', (sentence) => {
    const promise = promises[heading]?.[sentence];
    if (promise === undefined) throw new Error(`The guide says so, and no test does: ${sentence}`);
    promise();
  });
});

it('every promise that is tested stands on the page, under its heading', () => {
  const tested = Object.entries(promises).map(([heading, of]) => ({ heading, sentences: Object.keys(of).sort() }));
  expect(sections.map(({ heading, sentences }) => ({ heading, sentences: [...sentences].sort() }))).toEqual(tested);
});

it('the page has its picture', () => {
  expect(guide).toMatch(/```\n[\s\S]*anon:b1 ───► user:42[\s\S]*```/);
});

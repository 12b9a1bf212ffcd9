import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { formatIssue } from './lint-issue.ts';
import { parsePlaybook } from './parse-playbook.ts';
import { kinds } from './schema/index.ts';
import { readTests } from './tests/read-tests.ts';

const names = [
  'id',
  'status',
  'purpose',
  'when',
  'did',
  'butNot',
  'within',
  'send',
  'channels',
  'email',
  'subject',
  'body',
  'where',
];
const words = fc.constantFrom('live', 'marketing', 'A', '1h', '365d', 'm', 'profile.x == 1', '{{ x', '%%[', 'staff(a)');
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    words,
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie('value'), { maxKeys: 5 }),
  ),
}));
const definition = fc
  .tuple(fc.constantFrom(...kinds), fc.dictionary(fc.constantFrom(...names), value))
  .map(([kind, fields]) => ({ kind, id: 'x', ...fields }));

it('lint survives any file, and every finding has a place, on one line', () => {
  const text = fc.oneof(
    fc.string(),
    definition.map((one) => stringify(one)),
    fc.array(definition, { maxLength: 3 }).map((all) => all.map((one) => stringify(one)).join('---\n')),
  );
  fc.assert(
    fc.property(text, (content) => {
      const { issues } = parsePlaybook([{ path: 'a.yaml', text: content }]);
      const tests = readTests([{ path: 'a.test.yaml', text: content }]).issues;
      for (const issue of [...issues, ...tests]) {
        expect(issue.line).toBeGreaterThanOrEqual(1);
        expect(issue.column).toBeGreaterThanOrEqual(1);
        expect(issue.line).toBeLessThanOrEqual(content.split('\n').length + 1);
        expect(issue.message).not.toBe('');
        expect(formatIssue(issue).split('\n')).toHaveLength(1);
      }
    }),
    { numRuns: 150 },
  );
});

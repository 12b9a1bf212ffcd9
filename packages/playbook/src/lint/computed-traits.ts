import { type ComputedTraitDefinition, checkExpression, compileExpression } from '@kairos/decisions';
import { suggest } from '../lint-issue.ts';
import type { Path } from '../yaml-source.ts';
import type { Finding, Index } from './finding.ts';

/** What is wrong with a computed trait although its form is right. */
export function checkComputedTrait({ id, events, where, value }: ComputedTraitDefinition): Finding[] {
  const texts: readonly (readonly [Path, string | null])[] = [
    ...events.map((one) => [['of'], one.where] as const),
    [['where'], where],
    [['value'], value],
  ];
  const findings = texts.flatMap(([path, text]) => (text === null ? [] : ofThePerson(text, path)));
  if (checkExpression(`profile.computed.${id}`).some(({ code }) => code === 'SYNTAX')) {
    const remedy = 'choose another, such as the word with an ending';
    findings.push({ path: ['id'], message: 'is a word of the expression language', value: id, remedy });
  }
  return findings;
}

/** What was known of the person at the event depends on what had arrived by then; what the event says does not. */
function ofThePerson(text: string, path: Path): Finding[] {
  // A text with a fault is a finding of its own.
  if (checkExpression(text).length > 0) return [];
  const { profile, segments, now, history } = compileExpression(text).reads;
  if (profile.length + history.length === 0 && !segments && !now) return [];
  const message = 'a computed trait sees event and properties only, so that late events count the same';
  return [{ path, message, value: text, remedy: 'ask for profile and segments where the trait is used' }];
}

/** `profile.computed.<id>` must name a trait that there is: a typing error would be silently unknown. */
export function unknownComputed(
  reads: readonly string[],
  { path, value }: { path: Path; value: string },
  index: Index,
) {
  const known = index.of('ComputedTrait');
  return [...new Set(reads)].flatMap((read): Finding[] => {
    const [field, id = '*'] = read.split('.');
    if (field !== 'computed' || id === '*' || known.has(id)) return [];
    const message = `there is no computed trait “${id}”`;
    return [{ path, message, value, remedy: suggest(id, known.keys()) }];
  });
}

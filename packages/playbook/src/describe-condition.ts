import type { EventMatch } from '@kairos/decisions';
import { list, quote } from './describe-words.ts';

const comparisons: Readonly<Record<string, string>> = {
  '==': 'is',
  '!=': 'is not',
  '>': 'is more than',
  '>=': 'is at least',
  '<': 'is less than',
  '<=': 'is at most',
};

const LITERAL = String.raw`-?\d+(?:\.\d+)?|"[^"\\&|]*"|'[^'\\&|]*'|true|false|null`;
const COMPARED = new RegExp(
  String.raw`^((?:properties|profile|event)(?:\.[A-Za-z_]\w*)+)\s*(==|!=|>=|<=|>|<)\s*(${LITERAL})$`,
);
const MEMBER = /^(!\s*\()?\s*["']([^"'&|]+)["']\s+in\s+segments\s*(\))?$/;
const SENT = /^(sends|reasons)(?:\.|\[")([\w-]+)(?:"\])?\s*(==|!=)\s*"([^"\\&|]*)"$/;
const COUNTED = /^profile\.counters\["([^"\\&|]+)"\]\s*(==|!=|>=|<=|>|<)\s*(-?\d+)$/;

/**
 * A condition in words where it is simple: comparisons, segments and what became of a message, all joined with `&&` or all
 * with `||`. Anything else stays as it was written, since words that say something else are worse than none.
 */
export function conditionWords(text: string): string {
  const joint = text.includes('||') ? '||' : '&&';
  const words = text.split(joint).map((part) => termWords(part.trim()));
  return words.some((one) => one === null) ? text : words.join(joint === '||' ? ' or ' : ' and ');
}

function termWords(term: string): string | null {
  const [, path, operator = '', literal = ''] = COMPARED.exec(term) ?? [];
  if (path !== undefined) return `${pathWords(path)} ${comparisons[operator]} ${literalWords(literal)}`;
  const [, event, how = '', count = ''] = COUNTED.exec(term) ?? [];
  if (event !== undefined) return `the number of ${quote(event)} ${comparisons[how]} ${count}`;
  const [isMember, opens, segment = '', closes] = MEMBER.exec(term) ?? [];
  if (isMember !== undefined && (opens === undefined) === (closes === undefined)) {
    return `the person is ${opens === undefined ? '' : 'not '}in the segment ${quote(segment)}`;
  }
  const [, of, message = '', equals, said = ''] = SENT.exec(term) ?? [];
  if (of === undefined) return null;
  const not = equals === '==' ? '' : ' not';
  return of === 'sends' ? `${quote(message)} was${not} ${said}` : `the reason was${not} ${said}`;
}

const literalWords = (literal: string): string => {
  if (literal === 'null') return 'unknown';
  return /^["']/.test(literal) ? quote(literal.slice(1, -1)) : literal;
};

/** `profile.traits.contractEndsOn` → `contract ends on`, `properties.cart_id` → `cart id`. */
export function pathWords(path: string): string {
  const name = path.replace(/^(?:properties|event|profile\.traits|profile\.computed|profile)\./, '');
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replaceAll(/[_.]/g, ' ');
}

/** An expression such as the worth of a goal, `its total`: its name where it is a path, else as it was written. */
export const valueWords = (text: string): string =>
  /^(?:properties|profile)(?:\.[A-Za-z_]\w*)+$/.test(text) ? `its ${pathWords(text)}` : text;

export const event = ({ name, where }: EventMatch): string =>
  where === null ? quote(name) : `${quote(name)} (where ${conditionWords(where)})`;

/** Events of which one is meant; a condition that all share is said once. */
export function events(matches: readonly EventMatch[]): string {
  const [first] = matches;
  const isShared = matches.length > 1 && first?.where != null && matches.every(({ where }) => where === first.where);
  if (!isShared) return list(matches.map(event), 'or');
  const names = list(
    matches.map(({ name }) => quote(name)),
    'or',
  );
  return `${names} (where ${conditionWords(first.where)})`;
}

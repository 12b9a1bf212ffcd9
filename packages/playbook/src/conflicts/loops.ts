import type { TriggerDefinition } from '@kairos/decisions';
import { quote } from '../describe-words.ts';
import type { Book } from './book.ts';
import type { ConflictFinding } from './conflict.ts';
import { type Effect, effectsOf } from './effects.ts';
import { settingsOf } from './proposals.ts';

type Circle = readonly Effect[];

/** Triggers that start themselves through the log, alone or in a circle, again and again and without a wait. */
export function findEndlessLoops(book: Book): ConflictFinding[] {
  return circles(effectsOf(book).filter(({ isAtOnce }) => isAtOnce))
    .filter((circle) => isEndless(circle, book))
    .map((circle) => toFinding('ENDLESS_LOOP', circle));
}

/** Endless ones, and those that end by themselves, or take time, or need somebody to do something. */
export function findLoops(book: Book): ConflictFinding[] {
  const endless = findEndlessLoops(book);
  const named = new Set(endless.flatMap((one) => [one.definition, ...(one.with ?? [])]));
  const others = circles(effectsOf(book)).filter((circle) => !circle.some(({ from }) => named.has(from)));
  return [...endless, ...others.map((circle) => toFinding('LOOP', circle))];
}

/** One circle, the shortest, for each group of triggers that start each other. */
function circles(effects: readonly Effect[]): readonly Circle[] {
  const byFrom = new Map<TriggerDefinition, Effect[]>();
  for (const effect of effects) byFrom.set(effect.from, [...(byFrom.get(effect.from) ?? []), effect]);
  const inOne = new Set<TriggerDefinition>();
  const found: Circle[] = [];
  for (const start of [...byFrom.keys()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const circle = inOne.has(start) ? null : shortestFrom(start, byFrom);
    if (circle === null) continue;
    found.push(circle);
    for (const { from } of circle) inOne.add(from);
  }
  return found;
}

function shortestFrom(
  start: TriggerDefinition,
  byFrom: ReadonlyMap<TriggerDefinition, readonly Effect[]>,
): Circle | null {
  const queue: Circle[] = (byFrom.get(start) ?? []).map((effect) => [effect]);
  const seen = new Set<TriggerDefinition>();
  for (let at = 0; at < queue.length; at += 1) {
    const way = queue[at] ?? [];
    const last = way.at(-1);
    if (last === undefined) continue;
    if (last.to === start) return way;
    if (seen.has(last.to)) continue;
    seen.add(last.to);
    for (const effect of byFrom.get(last.to) ?? []) queue.push([...way, effect]);
  }
  return null;
}

/** A value that is set to what it is already is no change: where one is asked, the circle must set two. */
function isEndless(circle: Circle, book: Book): boolean {
  const members = new Set(circle.map(({ from }) => from));
  const settings = [...members].flatMap((trigger) => settingsOf(trigger, book));
  return circle.every(({ changes }) => {
    if (changes === null) return true;
    const values = settings.flatMap(({ traits }) => (Object.hasOwn(traits, changes) ? [traits[changes]] : []));
    return new Set(values).size > 1;
  });
}

function toFinding(code: 'LOOP' | 'ENDLESS_LOOP', circle: Circle): ConflictFinding {
  const [first] = circle;
  if (first === undefined) throw new RangeError('a circle has at least one part');
  const parts = [...circle.map(({ words }) => words), `${quote(first.from.id)} starts`];
  const others = [...new Set(circle.flatMap(({ from, definition }) => [from, definition]))];
  return {
    code,
    definition: first.definition,
    path: first.path,
    value: first.from.id,
    with: others.filter((one) => one !== first.definition),
    words: { loop: parts.join(' → ') },
  };
}

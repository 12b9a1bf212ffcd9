import type { RehearsalReport, RehearsedRun } from '../rehearsal-types.ts';

const DAY_MS = 86_400_000;

export interface Column {
  readonly name: string;
  readonly values: readonly number[];
}

/** Messages of each day from the first to the last, days without any included; one value for each playbook. */
export function daysOf(runs: readonly RehearsedRun[], of: (day: RehearsedRun['days'][number]) => number): Column[] {
  const known = runs.map(({ days }) => new Map(days.map((day) => [day.dayMs, of(day)])));
  const all = runs.flatMap(({ days }) => days.map(({ dayMs }) => dayMs));
  if (all.length === 0) return [];
  const [first, last] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  return Array.from({ length: (last - first) / DAY_MS + 1 }, (_none, at) => {
    const dayMs = first + at * DAY_MS;
    return { name: new Date(dayMs).toISOString().slice(0, 10), values: known.map((days) => days.get(dayMs) ?? 0) };
  });
}

/** How many persons got how many messages, under each playbook. */
export function spreadOf(runs: readonly RehearsedRun[]): Column[] {
  const counts = runs.map(
    ({ messagesPerPerson }) => new Map(messagesPerPerson.map((one) => [one.messages, one.persons])),
  );
  const most = Math.max(0, ...counts.flatMap((one) => [...one.keys()]));
  return Array.from({ length: most + 1 }, (_none, messages) => ({
    name: `${messages} ${messages === 1 ? 'message' : 'messages'}`,
    values: counts.map((one) => one.get(messages) ?? 0),
  }));
}

export interface DifferenceRow {
  readonly name: string;
  readonly a: number;
  readonly b: number;
}

const chosenOf = ({ triggers }: RehearsedRun, id: string): number =>
  triggers.find(({ triggerId }) => triggerId === id)?.channels.reduce((sum, { chosen }) => sum + chosen, 0) ?? 0;

/** What is another number under B: totals first, then the messages of each trigger. */
export function differenceRows({ runs: [a, b] }: RehearsalReport): DifferenceRow[] {
  if (a === undefined || b === undefined) return [];
  const totals = (['fired', 'proposed', 'chosen', 'deferred', 'dropped', 'withdrawn', 'cost'] as const).map((name) => ({
    name: name === 'deferred' ? 'put off' : name,
    a: a.totals[name],
    b: b.totals[name],
  }));
  const ids = [...new Set([...a.triggers, ...b.triggers].map(({ triggerId }) => triggerId))].sort();
  return [
    ...totals,
    { name: 'persons reached', a: a.persons.reached, b: b.persons.reached },
    { name: 'persons left without', a: a.persons.leftWithout, b: b.persons.leftWithout },
    ...ids.map((id) => ({ name: `messages of ${id}`, a: chosenOf(a, id), b: chosenOf(b, id) })),
  ];
}

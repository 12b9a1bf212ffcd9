import {
  formatLocal,
  type Pending,
  reasonsOfLook,
  showPending,
  type TraceEntry,
  type TraceNow,
  type TriggerLook,
  verdictOfLook,
} from '@kairos/decisions';
import { colours } from '../terminal.ts';

const marks: Readonly<Record<TriggerLook['verdict'], (text: string) => string>> = {
  fired: (text) => colours.green(`✓ ${text}`),
  notStarted: (text) => colours.yellow(`✗ ${text}`),
  waits: (text) => colours.cyan(`… ${text}`),
  ended: (text) => colours.magenta(`■ ${text}`),
  remembered: (text) => colours.blue(`+ ${text}`),
  unchanged: (text) => colours.dim(`· ${text}`),
  noMatch: (text) => colours.dim(`✗ ${text}`),
};

const kinds: Readonly<Record<TraceEntry['kind'], string>> = {
  event: '',
  time: '',
  feedback: 'message ',
  merged: 'joined by ',
  moved: 'moved to ',
  waiting: '',
  playbook: '',
};

/** An entry as lines: what happened, how each trigger looked at it, and why nothing came of it. */
export function linesOf(entry: TraceEntry): readonly string[] {
  const { atMs, kind, title, looks, says, notConcerned, occurredAtMs } = entry;
  const late = occurredAtMs === null || atMs - occurredAtMs < 1_000 ? '' : `, happened ${isoOf(occurredAtMs)}`;
  const head = `${isoOf(atMs)}  ${colours.bold(`${kinds[kind]}${title}`)}${colours.dim(late)}`;
  const others = kind === 'event' && notConcerned > 0 ? [colours.dim(concernsOthers(notConcerned, looks.length))] : [];
  return [head, ...[...looks.flatMap(linesOfLook), ...says, ...others].map((line) => `    ${line}`)];
}

const isoOf = (atMs: number): string => (atMs < 0 ? 'before time'.padEnd(24) : new Date(atMs).toISOString());

const concernsOthers = (count: number, looked: number): string =>
  looked === 0
    ? `no trigger looks at events of this name (of ${count})`
    : `${count} other trigger${count === 1 ? ' does' : 's do'} not look at events of this name`;

const linesOfLook = (look: TriggerLook): readonly string[] => [
  marks[look.verdict](`${look.triggerId} ${verdictOfLook(look)}`),
  ...reasonsOfLook(look).map((reason) => `    ${reason}`),
];

/** What waits, as lines. */
export const linesOfPending = (
  pending: readonly Pending[],
  at: { readonly nowMs: number; readonly zone: string },
): readonly string[] => pending.map((one) => `    ${colours.cyan('…')} ${showPending(one, at)}`);

/** How the person stands, as lines. */
export function linesOfNow({ pending, zone, timeMs, playbookVersion }: TraceNow, nowMs: number): readonly string[] {
  const time = timeMs < 0 ? 'the log has no time yet' : `the log stands at ${formatLocal(timeMs, zone)}`;
  const version = playbookVersion === '' ? 'no playbook is active' : `playbook ${playbookVersion.slice(0, 12)}`;
  const head = `${colours.bold(pending.length === 0 ? 'Nothing waits.' : 'Waiting:')} ${colours.dim(`${time}, ${version}`)}`;
  return [head, ...linesOfPending(pending, { nowMs, zone })];
}

/** Only what is about one trigger, and of a journey that it starts nothing: null = nothing of it. */
export function aboutTrigger(entry: TraceEntry, triggerId: string): TraceEntry | null {
  const looks = entry.looks.filter((look) => look.triggerId === triggerId);
  if (looks.length === 0 && entry.kind !== 'playbook') return null;
  const pending = entry.pending.filter(({ kind, id }) => kind === 'trigger' && id === triggerId);
  return { ...entry, looks, pending, notConcerned: 0 };
}

/** `1 h, here 1 min`: what the demo's time scale does to durations. */
export function scaleSentence(timeScale: number): string {
  const seconds = 3600 / timeScale;
  const here = seconds >= 60 ? `${round(seconds / 60)} min` : `${round(seconds)} s`;
  return `Demo time: 1 h, here ${here}`;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
const day = { day: 'numeric', month: 'short' } as const;
const timeOfDay = new Intl.DateTimeFormat('en-GB', clock);
const thisYear = new Intl.DateTimeFormat('en-GB', { ...day, ...clock });
const anyYear = new Intl.DateTimeFormat('en-GB', { ...day, ...clock, year: 'numeric' });

/** `21 Nov, 23:48:29`, in the zone of whoever looks; with the year where it is not this one. */
export function showTime(atMs: number): string {
  const isThisYear = new Date(atMs).getFullYear() === new Date().getFullYear();
  return (isThisYear ? thisYear : anyYear).format(atMs);
}

/** `23:48:29`. */
export const showTimeOfDay = (atMs: number): string => timeOfDay.format(atMs);

/** `3 s ago`, `2 h ago`. */
export function ago(atMs: number, nowMs: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `1 d 12 h`, `90 s`: the two largest parts. */
export function showDuration(ms: number): string {
  let rest = ms;
  const parts = units.flatMap(([unit, size]) => {
    const n = Math.floor(rest / size);
    rest -= n * size;
    return n === 0 ? [] : [`${n} ${unit}`];
  });
  return parts.length === 0 ? `${ms} ms` : parts.slice(0, 2).join(' ');
}

export const showNumber = (value: number): string => value.toLocaleString('en');

export const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Name, or address, or id of a person; who has only a browser's id is a visitor. */
export function nameOf(personId: string, profile: Readonly<Record<string, unknown>> | undefined): string {
  const name = [textOf(profile?.['firstName']), textOf(profile?.['lastName'])]
    .filter((part) => part !== null)
    .join(' ');
  if (name !== '') return name;
  return textOf(profile?.['email']) ?? (personId.startsWith('anon:') ? 'Visitor' : personId);
}

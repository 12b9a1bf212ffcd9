/** `1 h, here 1 min`: what the demo's time scale does to durations. */
export function scaleSentence(timeScale: number): string {
  const seconds = 3600 / timeScale;
  const here = seconds >= 60 ? `${round(seconds / 60)} min` : `${round(seconds)} s`;
  return `Demo time: 1 h, here ${here}`;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const showTime = (atMs: number): string => time.format(atMs);

/** `3 s ago`, `2 h ago`. */
export function ago(atMs: number, nowMs: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

export const showNumber = (value: number): string => value.toLocaleString('en');

export const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Name, or address, or id of a person. */
export function nameOf(personId: string, profile: Readonly<Record<string, unknown>> | undefined): string {
  const name = [textOf(profile?.['firstName']), textOf(profile?.['lastName'])]
    .filter((part) => part !== null)
    .join(' ');
  return name !== '' ? name : (textOf(profile?.['email']) ?? personId);
}

import { formatDuration, offsetMsAt } from '../time/index.ts';

/** `2026-06-03 12:00:05`: an instant by the clock of a zone. */
export const clockAt = (utcMs: number, zone: string): string => {
  const shown = new Date(utcMs + offsetMsAt(utcMs, zone)).toISOString();
  return `${shown.slice(0, 10)} ${shown.slice(11, 19)}`;
};

/** An instant with the zone that shows it. */
export const instantIn = (utcMs: number, zone: string): string => `${clockAt(utcMs, zone)} ${zone}`;

/** A length of time in whole seconds, in words. */
export const lengthOf = (ms: number): string =>
  formatDuration(Math.abs(ms) < 1000 ? Math.abs(ms) : Math.round(Math.abs(ms) / 1000) * 1000);

/** ` (c1)`; nothing for the person as a whole. */
export const keyed = (key: string): string => (key === '' ? '' : ` (${key})`);

import { clockChangeBetween, wallMsOf } from './zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WALL_TIME = /^([01]\d|2[0-4]):([0-5]\d)$/;

/** Ms since midnight of `HH:MM` (00:00 to 24:00); null for anything else. */
export function parseWallTimeMs(text: string): number | null {
  const match = WALL_TIME.exec(text);
  if (match === null) return null;
  const ms = (Number(match[1]) * 60 + Number(match[2])) * MINUTE_MS;
  return ms <= DAY_MS ? ms : null;
}

/** From and to as `HH:MM` on the person's clock; `from` is quiet, `to` is not. `from` after `to` runs over midnight; equal times are never quiet. */
export interface QuietSpan {
  readonly from: string;
  readonly to: string;
}

/**
 * When quiet hours end, if it is quiet in the zone now: the first instant after `nowMs` that is not quiet; null = not
 * quiet now.
 *
 * THE rule for clock changes: **the clock on the person's wall decides**, at every instant. An hour that comes twice is
 * quiet both times or not at all; when the end is in an hour that is skipped, quiet ends with the first instant after the
 * gap; when the clock is set back into quiet hours, they begin again. So no instant whose local time is inside is ever
 * reported as outside. Quiet hours of a whole day (00:00 to 24:00) never end: the answer is then a day ahead, and
 * that instant is quiet again.
 */
export function quietUntilMs(nowMs: number, zone: string, { from, to }: QuietSpan): number | null {
  const fromMs = parseWallTimeMs(from);
  const toMs = parseWallTimeMs(to);
  if (fromMs === null || toMs === null) throw new RangeError(`quiet hours need HH:MM, got "${from}" to "${to}"`);
  const isQuiet = (wallMs: number): boolean =>
    fromMs < toMs ? wallMs >= fromMs && wallMs < toMs : fromMs > toMs && (wallMs >= fromMs || wallMs < toMs);
  let atMs = nowMs;
  // Each round ends at `to`, or at a change of the clock, of which there is at most one in a day.
  for (let round = 0; round < 3; round += 1) {
    const wallMs = wallMsOf(atMs, zone);
    if (!isQuiet(wallMs)) return atMs === nowMs ? null : atMs;
    const endMs = atMs + ((toMs - wallMs + DAY_MS) % DAY_MS || DAY_MS);
    const changeMs = clockChangeBetween(atMs, endMs, zone);
    if (changeMs === null) return endMs;
    atMs = changeMs;
  }
  return atMs;
}

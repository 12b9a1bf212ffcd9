/** What a receiver may ask for at most. */
const MAX_HOLD_MS = 3_600_000;

/** How long `Retry-After` asks to wait, in seconds or until a date; null when it says nothing. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | null {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return null;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_HOLD_MS) : null;
}

import type { RehearsalProgress } from './rehearse.ts';

/** How far it is, how fast, and how long it will take. */
export function progressText({ share, events, seconds, atMs }: RehearsalProgress): string {
  const rate = seconds === 0 ? 0 : Math.round(events / seconds);
  const leftS = share > 0 && share < 1 ? Math.ceil((seconds / share) * (1 - share)) : 0;
  const day = new Date(atMs).toISOString().slice(0, 10);
  return `${Math.round(share * 100)} %, ${events.toLocaleString('en')} events, ${rate.toLocaleString('en')}/s, at ${day}${leftS > 0 ? `, about ${leftS} s left` : ''}`;
}

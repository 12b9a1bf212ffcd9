const format = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** What a clock in London shows at an instant, as if that were UTC. */
function wallMs(instantMs: number): number {
  const parts = Object.fromEntries(format.formatToParts(instantMs).map((part) => [part.type, Number(part.value)]));
  return Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day, parts.hour, parts.minute, parts.second);
}

/** UTC ms of a wall time in London such as `2010-12-01 08:26:00`. */
export function londonMs(wall: string): number {
  const asUtcMs = Date.parse(`${wall.replace(' ', 'T')}Z`);
  if (Number.isNaN(asUtcMs)) throw new RangeError(`"${wall}" is not a date and time such as 2010-12-01 08:26:00`);
  // Right for every wall time that exists once; one that a clock change skips or repeats lies in the night.
  return asUtcMs - (wallMs(asUtcMs) - asUtcMs);
}

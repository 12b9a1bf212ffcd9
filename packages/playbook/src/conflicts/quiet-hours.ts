import { type CompanyDefinition, formatDuration, parseWallTimeMs, type QuietHours } from '@kairos/decisions';
import type { Book } from './book.ts';
import type { ConflictFinding } from './conflict.ts';
import { type Proposing, proposalsOf } from './proposals.ts';

const DAY_MS = 86_400_000;

/** Messages that quiet hours never let out, or that do not live through them. Nights with a change of the clock are not looked at. */
export function findQuietConflicts(book: Book): ConflictFinding[] {
  const { company } = book;
  if (company === undefined) return [];
  return book.triggers
    .flatMap((trigger) => proposalsOf(trigger, book))
    .flatMap((one) => {
      const found = company.quietHours.flatMap((quiet) => meet(one, quiet, company));
      // The first by which it is certain says enough.
      const certain = found.find(({ code }) => code === 'QUIET_ALWAYS');
      return certain === undefined ? found.slice(0, 1) : [certain];
    });
}

function meet(one: Proposing, quiet: QuietHours, company: CompanyDefinition): ConflictFinding[] {
  const [fromMs, toMs] = [parseWallTimeMs(quiet.from), parseWallTimeMs(quiet.to)];
  if (fromMs === null || toMs === null || fromMs === toMs || !keepsQuiet(one, quiet)) return [];
  const nightMs = (toMs - fromMs + DAY_MS) % DAY_MS || DAY_MS;
  const base = { definition: one.definition, path: one.path, value: one.message.id, with: [company] };
  if (one.wallMs !== null) {
    const sinceMs = (one.wallMs - fromMs + DAY_MS) % DAY_MS;
    const isDropped = quiet.onBreach === 'drop';
    if (sinceMs >= nightMs || (!isDropped && nightMs - sinceMs < one.lifeMs)) return [];
    const end = isDropped
      ? 'they do not let it wait'
      : `it expires after ${formatDuration(one.lifeMs)}, before they end`;
    const words = { time: clock(one.wallMs), from: quiet.from, to: quiet.to, end };
    return [{ ...base, code: 'QUIET_ALWAYS', words }];
  }
  if (quiet.onBreach === 'drop' || nightMs < one.lifeMs) return [];
  const until = clock((fromMs + nightMs - one.lifeMs) % DAY_MS);
  const words = { life: formatDuration(one.lifeMs), from: quiet.from, until, night: formatDuration(nightMs) };
  return [{ ...base, code: 'QUIET_OUTLIVES', words }];
}

/** Whether they hold back every channel that it may take. */
const keepsQuiet = (one: Proposing, { purpose, channels }: QuietHours): boolean =>
  !one.isToStaff &&
  purpose === one.purpose &&
  (channels.length === 0 || one.channels.every((channel) => channels.includes(channel)));

const clock = (wallMs: number): string => new Date(wallMs).toISOString().slice(11, 16);

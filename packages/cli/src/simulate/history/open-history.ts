import { readdir, stat } from 'node:fs/promises';
import { CliError } from '../../exit.ts';
import type { OpenLog } from '../../house/log.ts';
import { openFiles } from './files.ts';
import type { History } from './history.ts';
import { MappedHistory } from './mapped.ts';
import type { CallSource } from './parse-line.ts';
import { type EventTopic, type LogRange, openTopic, type TimeOf, WHOLE_LOG } from './topic.ts';

/** Where events are to be taken from. */
export type EventPlaces =
  | { readonly kind: 'files'; readonly places: readonly string[] }
  | { readonly kind: 'topic'; readonly topic: EventTopic; readonly range: LogRange };

const EXAMPLE = 'topic:events.collected@2026-05-01..2026-06-01';

/** Reads what `--events` says: files and folders, `topic:events.collected[@from..to]`, or `log`. */
export function placesOf(given: readonly string[]): EventPlaces {
  const [first = ''] = given;
  if (first === 'log') return { kind: 'topic', topic: 'events.identified', range: WHOLE_LOG };
  if (!first.startsWith('topic:')) return { kind: 'files', places: given };
  const [, topic = '', from, to] = /^topic:([^@]+)(?:@(.*?)\.\.(.*))?$/.exec(first) ?? [];
  if (topic !== 'events.collected' && topic !== 'events.identified') {
    throw new CliError(
      `--events ${first}: events can be taken from events.collected or events.identified, as in ${EXAMPLE}.`,
    );
  }
  const range = { fromMs: momentOf(from, WHOLE_LOG.fromMs), toMs: momentOf(to, WHOLE_LOG.toMs) };
  return { kind: 'topic', topic, range };
}

function momentOf(text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new CliError(`“${text}” is no moment: give a date and time as in ${EXAMPLE}.`);
  return ms;
}

const isOnlineRetail = async (place: string): Promise<boolean> =>
  (await stat(place).catch(() => undefined))?.isDirectory() === true &&
  (await readdir(place)).some((name) => /^online-retail.*\.csv(\.gz)?$/.test(name));

/** `mapping:place`, where the mapping is a file or one that comes with Kairos. Drive letters are no mappings. */
const MAPPED = /^([\w./-]{2,}):(.+)$/;

/** Events in files: calls as they are sent, or rows that a mapping reads. */
export async function openPlaces(places: readonly string[], source: CallSource): Promise<History> {
  const [first = ''] = places;
  const [, mapping, place] = MAPPED.exec(first) ?? [];
  if (mapping !== undefined && place !== undefined) return MappedHistory.open(mapping, place, source);
  return (await isOnlineRetail(first)) ? MappedHistory.open('online-retail', first, source) : openFiles(places, source);
}

export const openLogged = (
  log: OpenLog,
  { topic, range }: Extract<EventPlaces, { kind: 'topic' }>,
  time: TimeOf,
): Promise<History> => openTopic(log, { topic, range, time });

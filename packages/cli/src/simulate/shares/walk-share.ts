import { parseLine } from '../history/parse-line.ts';
import { ofKey } from '../report/counts.ts';
import type { HistoryEvent } from '../walk.ts';
import { idsOf, markOf } from './connected-ids.ts';
import { type FromShare, Misread, NUMBERS, type ToShare, type Way } from './messages.ts';
import { Share } from './share.ts';

type Begin = Extract<ToShare, { kind: 'begin' }>;

/**
 * Characters of lines that are gathered before they are walked, room by room. So the persons of a room stay within reach of
 * the processor for a while, and what one event leaves behind is gone before it is old.
 */
const GATHERED = 45_000_000;
/** An event that comes as an object takes as much memory as a line of so many characters. */
const EVENT_CHARACTERS = 5_000;

/** Walks a share of a history as it is told to, and answers. */
export function walkShare(way: Way, gathered = GATHERED): void {
  let walked: WalkedShare | undefined;
  const answerTo = (message: ToShare): FromShare | undefined => {
    if (message.kind === 'begin') walked = new WalkedShare(message, gathered);
    else return walked?.answer(message);
    return undefined;
  };
  way.on('message', (message) => {
    try {
      const answer = answerTo(message as ToShare);
      if (answer !== undefined) way.postMessage(answer);
    } catch (error) {
      way.postMessage((error instanceof Misread ? { kind: 'misread' } : { kind: 'failed', error }) satisfies FromShare);
    }
  });
}

/** What waits in a room, in order of time: lines with their numbers, or events. */
interface Room {
  readonly lines: string[];
  readonly numbers: number[];
  readonly events: HistoryEvent[];
}

class WalkedShare {
  readonly #share: Share;
  readonly #source: Begin['source'];
  readonly #most: number;
  readonly #rooms = new Map<number, Room>();
  #waiting = 0;

  constructor({ about, startMs, source }: Begin, most: number) {
    this.#share = new Share(about, startMs);
    this.#source = source;
    this.#most = most;
  }

  answer(message: Exclude<ToShare, Begin>): FromShare {
    if (message.kind === 'end') {
      this.#walkAll();
      return { kind: 'ended', results: this.#share.end(message.until) };
    }
    if (message.kind === 'lines') this.#gatherLines(message);
    else {
      message.events.forEach((event, at) => {
        this.#room(message.rooms[at] ?? 0).events.push(event);
      });
      this.#waiting += message.events.length * EVENT_CHARACTERS;
    }
    if (this.#waiting >= this.#most) this.#walkAll();
    return { kind: 'taken' };
  }

  #room(number: number): Room {
    return ofKey(this.#rooms, number, () => ({ lines: [], numbers: [], events: [] }));
  }

  #gatherLines({ lines, numbers }: Extract<ToShare, { kind: 'lines' }>): void {
    let at = 0;
    for (let from = 0; from < lines.length; at += NUMBERS) {
      const to = lines.indexOf('\n', from);
      const room = this.#room(numbers[at + 3] as number);
      room.lines.push(lines.slice(from, to));
      room.numbers.push(numbers[at] as number, numbers[at + 1] as number, numbers[at + 2] as number);
      from = to + 1;
    }
    this.#waiting += lines.length;
  }

  #walkAll(): void {
    for (const [number, room] of this.#rooms) {
      room.lines.forEach((line, at) => {
        this.#share.take(this.#eventOf(line, room.numbers, 3 * at), number);
      });
      for (const event of room.events) this.#share.take(event, number);
    }
    this.#rooms.clear();
    this.#waiting = 0;
  }

  /** Throws where a line is another one than it seemed: then nothing that was taken is worth anything. */
  #eventOf(line: string, numbers: readonly number[], at: number): HistoryEvent {
    const parsed = parseLine(line, this.#source);
    if (typeof parsed === 'string' || parsed.atMs !== numbers[at]) throw new Misread();
    if (markOf(idsOf(parsed.event)) !== numbers[at + 2]) throw new Misread();
    return { atMs: numbers[at + 1] as number, event: parsed.event };
  }
}

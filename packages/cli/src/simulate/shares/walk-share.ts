import { isAscii } from 'node:buffer';
import { parseLine } from '../history/parse-line.ts';
import { ofKey } from '../report/counts.ts';
import type { HistoryEvent } from '../walk.ts';
import { idsOf, markOf } from './connected-ids.ts';
import { type FromShare, Misread, NUMBERS, type ToShare, type Way } from './messages.ts';
import { Share } from './share.ts';

type Begin = Extract<ToShare, { kind: 'begin' }>;

/**
 * Bytes of lines that are gathered before they are walked, room by room. So the persons of a room stay within reach of
 * the processor for a while, and what one event leaves behind is gone before it is old.
 */
const GATHERED = 45_000_000;
/** An event that comes as an object takes as much memory as a line of so many bytes. */
const EVENT_BYTES = 5_000;

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

/** What waits in a room, in order of time: where lines lie and what is said beside them (see `Line`), or events. */
interface Room {
  readonly lines: number[];
  readonly events: HistoryEvent[];
}

/** The lines of a message. */
interface Said {
  readonly bytes: Buffer;
  /** Where all is ASCII, the one that is quicker to decode. */
  readonly encoding: 'latin1' | 'utf8';
}

/** What is kept of a line, in this order: its message, from where to where it lies there, and as in `NUMBERS`. */
const LINE = 6;

class WalkedShare {
  readonly #share: Share;
  readonly #source: Begin['source'];
  readonly #most: number;
  readonly #rooms = new Map<number, Room>();
  #messages: Said[] = [];
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
      this.#waiting += message.events.length * EVENT_BYTES;
    }
    if (this.#waiting >= this.#most) this.#walkAll();
    return { kind: 'taken' };
  }

  #room(number: number): Room {
    return ofKey(this.#rooms, number, () => ({ lines: [], events: [] }));
  }

  #gatherLines({ lines, numbers }: Extract<ToShare, { kind: 'lines' }>): void {
    const message = this.#messages.length;
    let from = 0;
    for (let at = 0; at < numbers.length; at += NUMBERS) {
      const to = numbers[at + 4] as number;
      const { lines: kept } = this.#room(numbers[at + 3] as number);
      kept.push(message, from, to, numbers[at] as number, numbers[at + 1] as number, numbers[at + 2] as number);
      from = to;
    }
    this.#waiting += from;
    const bytes = Buffer.from(lines.buffer, lines.byteOffset, from);
    this.#messages.push({ bytes, encoding: isAscii(bytes) ? 'latin1' : 'utf8' });
  }

  #walkAll(): void {
    for (const [number, { lines, events }] of this.#rooms) {
      for (let at = 0; at < lines.length; at += LINE) this.#share.take(this.#eventOf(lines, at), number);
      for (const event of events) this.#share.take(event, number);
    }
    this.#rooms.clear();
    this.#messages = [];
    this.#waiting = 0;
  }

  /** Throws where a line is another one than it seemed: then nothing that was taken is worth anything. */
  #eventOf(lines: readonly number[], at: number): HistoryEvent {
    const { bytes, encoding } = this.#messages[lines[at] as number] as Said;
    const parsed = parseLine(bytes.toString(encoding, lines[at + 1], lines[at + 2]), this.#source);
    if (typeof parsed === 'string' || parsed.atMs !== lines[at + 3]) throw new Misread();
    if (markOf(idsOf(parsed.event)) !== lines[at + 5]) throw new Misread();
    return { atMs: lines[at + 4] as number, event: parsed.event };
  }
}

import { parseLine } from '../history/parse-line.ts';
import { idsOf, markOf } from './connected-ids.ts';
import { type FromShare, NUMBERS, type ToShare, type Way } from './messages.ts';
import { Share } from './share.ts';

type Begin = Extract<ToShare, { kind: 'begin' }>;

/** Walks a share of a history as it is told to, and answers. */
export function walkShare(way: Way): void {
  let walked: WalkedShare | undefined;
  const answerTo = (message: ToShare): FromShare | undefined => {
    if (message.kind === 'begin') walked = new WalkedShare(message);
    else return walked?.answer(message);
    return undefined;
  };
  way.on('message', (message) => {
    try {
      const answer = answerTo(message as ToShare);
      if (answer !== undefined) way.postMessage(answer);
    } catch (error) {
      way.postMessage({ kind: 'failed', error } satisfies FromShare);
    }
  });
}

class WalkedShare {
  readonly #share: Share;
  readonly #source: Begin['source'];

  constructor({ about, startMs, source }: Begin) {
    this.#share = new Share(about, startMs);
    this.#source = source;
  }

  answer(message: Exclude<ToShare, Begin>): FromShare {
    switch (message.kind) {
      case 'lines':
        return { kind: this.#takeLines(message) ? 'taken' : 'misread' };
      case 'events':
        for (const happened of message.events) this.#share.take(happened);
        return { kind: 'taken' };
      case 'end':
        return { kind: 'ended', results: this.#share.end(message.until) };
    }
  }

  /** False where a line is another one than it seemed: then nothing that was taken is worth anything. */
  #takeLines({ lines, numbers }: Extract<ToShare, { kind: 'lines' }>): boolean {
    let at = 0;
    for (let from = 0; from < lines.length; at += NUMBERS) {
      const to = lines.indexOf('\n', from);
      const parsed = parseLine(lines.slice(from, to), this.#source);
      if (typeof parsed === 'string' || parsed.atMs !== numbers[at]) return false;
      if (markOf(idsOf(parsed.event)) !== numbers[at + 2]) return false;
      this.#share.take({ atMs: numbers[at + 1] as number, event: parsed.event });
      from = to + 1;
    }
    return true;
  }
}

import { isAscii } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { CliError } from '../../exit.ts';
import type { HistoryEvent } from '../walk.ts';
import { glanceAt, lookAt, textOf } from './glance.ts';
import type { Glimpse, History } from './history.ts';
import { type CallSource, parseLine } from './parse-line.ts';

const FILES = /\.(ndjson|jsonl)(\.gz)?$/;
const MAX_PROBLEMS = 5;
const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
/** So many times shorter is text about events when it is packed. */
const PACKED = 8;

/** The files of a folder, or the file itself, in order of their names. */
async function filesOf(place: string): Promise<string[]> {
  const about = await stat(place).catch(() => undefined);
  if (about === undefined) throw new CliError(`${place} is not there: name a file or folder with one event a line.`);
  if (about.isFile()) return [place];
  const files = (await readdir(place)).filter((name) => FILES.test(name)).sort();
  if (files.length === 0) throw new CliError(`${place} holds no *.ndjson or *.jsonl file (also .gz).`);
  return files.map((name) => path.join(place, name));
}

/** Events in files, one a line: calls of Segment's API, or events as they lie on `events.collected`. */
export async function openFiles(places: readonly string[], source: CallSource): Promise<History> {
  const files = (await Promise.all(places.map(filesOf))).flat();
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size;
  return new FileHistory(files, bytes, source);
}

class FileHistory implements History {
  readonly from: string;
  readonly #files: readonly string[];
  readonly #bytes: number;
  readonly #source: CallSource;
  readonly problems: string[] = [];
  unreadable = 0;
  #read = 0;

  constructor(files: readonly string[], bytes: number, source: CallSource) {
    this.from = files.length === 1 ? (files[0] ?? '') : `${files.length} files from ${path.dirname(files[0] ?? '')}`;
    this.#files = files;
    this.#bytes = bytes;
    this.#source = source;
  }

  get share(): number {
    return this.#bytes === 0 ? 1 : Math.min(1, this.#read / this.#bytes);
  }

  get bytes(): number {
    return this.#files.every((file) => file.endsWith('.gz')) ? this.#bytes * PACKED : this.#bytes;
  }

  get source(): CallSource {
    return this.#source;
  }

  async *read(): AsyncGenerator<readonly HistoryEvent[]> {
    const read = (text: string): HistoryEvent | string => parseLine(text, this.#source);
    const decode = (line: string): HistoryEvent | string => read(textOf(line));
    for await (const { lines, place, isPlain } of this.#lines())
      yield this.#sortOut(lines, place, isPlain ? read : decode);
  }

  async *glimpses(isHasty: boolean): AsyncGenerator<readonly Glimpse[]> {
    const look = (line: string): Glimpse | string => (isHasty ? glanceAt(line) : null) ?? lookAt(line, this.#source);
    for await (const { lines, place } of this.#lines()) yield this.#sortOut(lines, place, look);
  }

  async *#lines(): AsyncGenerator<Lines> {
    this.#read = 0;
    this.unreadable = 0;
    this.problems.length = 0;
    for (const file of this.#files) yield* this.#readFile(file);
  }

  async *#readFile(file: string): AsyncGenerator<Lines> {
    const raw = createReadStream(file, { highWaterMark: CHUNK_BYTES });
    raw.on('data', (chunk) => {
      this.#read += chunk.length;
    });
    const chunks = file.endsWith('.gz') ? raw.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : raw;
    let rest: Buffer = NOTHING;
    let before = 0;
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      const end = chunk.lastIndexOf(NEWLINE);
      if (end < 0) {
        rest = Buffer.concat([rest, chunk]);
        continue;
      }
      const lines = chunk.toString('latin1', 0, end).split('\n');
      lines[0] = rest.toString('latin1') + lines[0];
      const isPlain = isAscii(rest) && isAscii(chunk);
      rest = chunk.subarray(end + 1);
      yield { lines, place: { file, before }, isPlain };
      before += lines.length;
    }
    yield { lines: [rest.toString('latin1')], place: { file, before }, isPlain: false };
  }

  #sortOut<T>(lines: readonly string[], { file, before }: Lines['place'], read: (line: string) => T | string): T[] {
    const found: T[] = [];
    lines.forEach((line, at) => {
      if (line[0] !== '{' && textOf(line).trim() === '') return;
      const one = read(line);
      if (typeof one !== 'string') {
        found.push(one);
        return;
      }
      this.unreadable += 1;
      if (this.problems.length < MAX_PROBLEMS) this.problems.push(`${file}:${before + at + 1} ${one}`);
    });
    return found;
  }
}

const NOTHING = Buffer.alloc(0);

interface Lines {
  /** A character for each byte: `textOf` says what they mean. */
  readonly lines: readonly string[];
  /** They mean what they are. */
  readonly isPlain: boolean;
  /** The file, and how many of its lines came before. */
  readonly place: { readonly file: string; readonly before: number };
}

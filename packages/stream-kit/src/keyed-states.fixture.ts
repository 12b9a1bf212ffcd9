import type { StateCodec } from './changes.ts';
import { FlatReader, FlatWriter } from './serde/flat-bytes.ts';
import type { Lying } from './state-arena.ts';

/** What is kept: a text that is encoded with so much room behind it, and when it is due. */
export interface Note {
  readonly text: string;
  readonly room: number;
  readonly dueAtMs: number;
}

const [writer, reader] = [new FlatWriter(), new FlatReader()];

export const objects: StateCodec<Note> = {
  encode: (note) => Buffer.from(JSON.stringify(note)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Note,
  dueAtMs: ({ dueAtMs }) => dueAtMs,
};

export const flat: StateCodec<Note> = {
  ...objects,
  encode(note) {
    const into = Buffer.alloc(1_200_000);
    return into.subarray(0, this.flat?.encodeInto(note, into, 0));
  },
  decode: (bytes) => decodeFrom(Buffer.from(bytes), 0),
  flat: {
    encodeInto({ text, room, dueAtMs }, into, at) {
      writer.begin(into, at);
      writer.text(text);
      writer.number(room);
      writer.number(dueAtMs);
      const end = writer.end();
      if (end < 0 || end + room > into.length) return -1;
      into.fill(7, end, end + room);
      return end + room;
    },
    decodeFrom: (bytes, from) => decodeFrom(bytes, from),
  },
};

function decodeFrom(bytes: Buffer, from: number): Note {
  reader.begin(bytes, from);
  return { text: reader.text(), room: reader.number(), dueAtMs: reader.number() };
}

/** Where the body of a note lies that was read, and of what has come of it with another due time. */
export const bodies = new WeakMap<Note, Lying>();

export const dueAt = (before: Note, dueAtMs: number): Note => {
  const note = { ...before, dueAtMs };
  const body = bodies.get(before);
  if (body !== undefined) bodies.set(note, body);
  return note;
};

/** The due time is the head, text and room are the body. */
const encodeHead = ({ dueAtMs }: Note, into: Buffer, at: number): number => {
  writer.begin(into, at);
  writer.number(dueAtMs);
  return writer.end();
};

const decodeParts = (head: Lying, body: Lying): Note => {
  reader.begin(head.bytes, head.start);
  const dueAtMs = reader.number();
  if (reader.at !== head.end) throw new Error('a head ends elsewhere');
  reader.begin(body.bytes, body.start);
  const note = { text: reader.text(), room: reader.number(), dueAtMs };
  bodies.set(note, body);
  return note;
};

export const parted: StateCodec<Note> = {
  ...flat,
  decode: (bytes) => parted.flat?.decodeFrom(Buffer.from(bytes), 0, bytes.length) as Note,
  flat: {
    encodeInto(note, into, at) {
      const headEnd = encodeHead(note, into, at);
      if (headEnd < 0) return -1;
      writer.begin(into, headEnd);
      writer.text(note.text);
      writer.number(note.room);
      const end = writer.end();
      if (end < 0 || end + note.room > into.length) return -1;
      into.fill(7, end, end + note.room);
      return end + note.room;
    },
    decodeFrom(bytes, start, end) {
      reader.begin(bytes, start);
      reader.number();
      return decodeParts({ bytes, start, end: reader.at }, { bytes, start: reader.at, end });
    },
    parts: {
      bodyOf: (note) => bodies.get(note) ?? null,
      heads: { encodeInto: encodeHead },
      decode: decodeParts,
    },
  },
};

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeySlots } from './key-slots.ts';
import { type Changes, KeyedStates, type StateCodec } from './keyed-states.ts';
import { FlatReader, FlatWriter } from './serde/flat-bytes.ts';
import { type KeyState, PackedPart, packPart, UNKNOWN_DUE } from './stage/packed-part.ts';
import { PackedStates } from './stage/packed-states.ts';

/** What is kept: a text that is encoded with so much room behind it, and when it is due. */
interface Note {
  readonly text: string;
  readonly room: number;
  readonly dueAtMs: number;
}

const [writer, reader] = [new FlatWriter(), new FlatReader()];

const objects: StateCodec<Note> = {
  encode: (note) => Buffer.from(JSON.stringify(note)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Note,
  dueAtMs: ({ dueAtMs }) => dueAtMs,
};

const flat: StateCodec<Note> = {
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

const key = fc.constantFrom('a', 'b', 'c', 'd', 'é');
// Seven of the long ones fill a piece of the arena; one is longer than a piece.
const room = fc.oneof(
  { weight: 8, arbitrary: fc.nat(5) },
  { weight: 3, arbitrary: fc.constantFrom(150_000, 1_100_000) },
);
const note = fc.record({ text: fc.string({ maxLength: 5 }), room, dueAtMs: fc.nat(100) });
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('change' as const), key, note }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('empty' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('evict' as const), key, note }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'cut' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

/** Something picked up at one moment, and what it should still say later. */
interface Picked {
  readonly changes: Changes<Note>;
  readonly expected: ReadonlyMap<string, Note | undefined>;
}

/** The states under test, and the slow truth beside them. */
class Both {
  readonly slots = new KeySlots();
  readonly states: KeyedStates<Note>;
  readonly truth = new Map<string, Note>();
  readonly dirty = new Set<string>();
  readonly picked: Picked[] = [];
  readonly #codec: StateCodec<Note>;

  constructor(codec: StateCodec<Note>) {
    this.#codec = codec;
    // Room for two busy keys: the others are encoded although they change often.
    this.states = new KeyedStates(this.slots, codec, 2);
  }

  obey(command: Command): void {
    if (command.kind === 'cut') this.#cut();
    else if (command.kind === 'restart') this.#restart();
    else if (command.kind === 'evict') this.#evict(command);
    else {
      const to = command.kind === 'change' ? command.note : undefined;
      if (to === undefined && this.states.find(command.key) < 0) return;
      const slot = this.states.find(command.key);
      this.states.change(slot < 0 ? this.slots.take(command.key) : slot, to);
      if (to === undefined) this.truth.delete(command.key);
      else this.truth.set(command.key, to);
      this.dirty.add(command.key);
    }
  }

  /** Written down elsewhere: let go, and put back. */
  #evict({ key: name, note: to }: { readonly key: string; readonly note: Note }): void {
    if (this.dirty.has(name)) return;
    this.states.delete(name);
    expect(this.states.has(name)).toBe(false);
    this.states.set(name, to);
    this.truth.set(name, to);
  }

  #cut(): void {
    const all = { changes: this.states.snapshot(this.#dueAt), expected: new Map(this.truth) };
    const expected = new Map([...this.dirty].map((name) => [name, this.truth.get(name)] as const));
    const emptied: string[] = [];
    const changes = this.states.takeDirty(this.#dueAt, (slot) => {
      emptied.push(this.slots.keyAt(slot));
      this.slots.release(slot);
    });
    expect(emptied.sort()).toEqual([...this.dirty].filter((name) => !this.truth.has(name)).sort());
    expect(changes.size).toBe(expected.size);
    this.picked.push(all, { changes, expected });
    this.dirty.clear();
    while (this.states.tidy()) expect(this.states.size).toBe(this.truth.size);
  }

  #restart(): void {
    this.#cut();
    const entries = [...this.states.snapshot(this.#dueAt).encoded()];
    // Half of the parts are from before due times were written beside the states.
    const old = entries.map((entry, at) => (at % 2 === 0 ? entry : { ...entry, dueAtMs: UNKNOWN_DUE }));
    const packed = new PackedStates();
    packed.add(new PackedPart(packPart(old, { deflate: false })));
    this.states.clear();
    this.slots.clear();
    const timers = this.states.restore(packed);
    const dues = [...this.truth].map(([name, { dueAtMs }]) => [name, dueAtMs]);
    const taken = timers.takeDue(100).map(({ slot, dueAtMs }) => [this.slots.keyAt(slot), dueAtMs]);
    expect(new Map(taken as [string, number][])).toEqual(new Map(dues as [string, number][]));
  }

  readonly #dueAt = (slot: number): number | undefined => this.truth.get(this.slots.keyAt(slot))?.dueAtMs;

  check(): void {
    expect(this.states.size).toBe(this.truth.size);
    for (const name of ['a', 'b', 'c', 'd', 'é', 'nobody']) {
      expect(this.states.has(name)).toBe(this.truth.has(name));
    }
    expect(new Map(this.states.entries())).toEqual(this.truth);
    for (const name of this.truth.keys()) expect(this.states.get(name)).toEqual(this.truth.get(name));
  }

  checkPicked(): void {
    for (const { changes, expected } of this.picked) {
      for (const [name, state] of changes.states()) expect(state).toEqual(expected.get(name));
      const encoded = [...changes.encoded()];
      const said = encoded.map(({ key: name, state }: KeyState) => [
        name,
        state.length === 0 ? undefined : this.#codec.decode(state),
      ]);
      expect(new Map(said as [string, Note | undefined][])).toEqual(expected);
      for (const { key: name, dueAtMs } of encoded) expect(dueAtMs).toBe(expected.get(name)?.dueAtMs);
    }
  }
}

describe.each([
  ['as objects', objects],
  ['encoded', flat],
])('states that are kept %s', (_how, codec) => {
  it('are what a plain map would hold, and a cut says later what stood there when it was begun', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), fc.boolean(), (commands, looks) => {
        const both = new Both(codec);
        for (const one of commands) {
          both.obey(one);
          // Looking unpacks: without it what was restored stays packed.
          if (looks) both.check();
        }
        both.checkPicked();
        both.check();
      }),
      { numRuns: 250 },
    );
  });
});

it('gives back the memory of what has changed', () => {
  const slots = new KeySlots();
  const states = new KeyedStates(slots, flat);
  const slot = slots.take('a');
  const held: Uint8Array[] = [];
  for (let round = 0; round < 200; round += 1) {
    states.change(slot, { text: '', room: 100_000, dueAtMs: round });
    for (const { state } of states
      .takeDirty(
        () => 0,
        () => undefined,
      )
      .encoded())
      held[0] = state;
    while (states.tidy()) expect(states.size).toBe(1);
  }
  expect(states.encodedBytes).toBe(100_000 + 1 + 6 + 6);
  expect(held[0]?.buffer.byteLength).toBeLessThan(2_000_000);
});

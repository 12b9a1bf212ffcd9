import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Changes, StateCodec } from './changes.ts';
import { KeySlots } from './key-slots.ts';
import { bodies, dueAt, flat, type Note, objects, parted } from './keyed-states.fixture.ts';
import { KeyedStates } from './keyed-states.ts';
import { packPart } from './stage/pack-part.ts';
import { PackedPart } from './stage/packed-part.ts';
import { PackedStates } from './stage/packed-states.ts';
import type { KeyState } from './stage/part-form.ts';
import { UNKNOWN_DUE } from './stage/part-timers.ts';
import type { Lying } from './state-arena.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'é');
// Seven of the long ones fill a piece of the arena; one is longer than a piece.
const room = fc.oneof(
  { weight: 8, arbitrary: fc.nat(5) },
  { weight: 3, arbitrary: fc.constantFrom(150_000, 1_100_000) },
);
const note = fc.record({ text: fc.string({ maxLength: 5 }), room, dueAtMs: fc.nat(100) });
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('change' as const), key, note }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('due' as const), key, dueAtMs: fc.nat(100), isOld: fc.boolean() }),
  },
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
  readonly #first = new Map<string, Note>();
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
      const known = command.kind === 'due' ? this.#known(command) : undefined;
      if (command.kind === 'due' && known === undefined) return;
      const to =
        command.kind === 'change' ? command.note : known && dueAt(known, command.kind === 'due' ? command.dueAtMs : 0);
      if (to === undefined && this.states.find(command.key) < 0) return;
      const slot = this.states.find(command.key);
      this.states.change(slot < 0 ? this.slots.take(command.key) : slot, to);
      if (to === undefined) this.truth.delete(command.key);
      else this.truth.set(command.key, to);
      this.dirty.add(command.key);
    }
  }

  /** As it is, or as it was read first: then the body that it was read from is not the key's any more. */
  #known({ key: name, isOld }: { readonly key: string; readonly isOld: boolean }): Note | undefined {
    const known = this.states.get(name);
    const first = this.#first.get(name) ?? known;
    if (first !== undefined) this.#first.set(name, first);
    return isOld && known !== undefined ? first : known;
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
  ['encoded, head and body', parted],
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

it('leaves a body where it lies while only the head changes, until it moves house with what lies beside it', () => {
  const room = 20_000;
  const slots = new KeySlots();
  const states = new KeyedStates(slots, parted);
  const names = Array.from({ length: 300 }, (_, at) => `n${at}`);
  for (const name of names) states.set(name, { text: name, room, dueAtMs: 1 });
  const seen = new Map<string, Lying | undefined>();
  let [heads, moved] = [0, 0];
  for (let round = 0; round < 6_000; round += 1) {
    const at = (round * 7) % names.length;
    const [name = '', slot] = [names[at], slots.take(names[at] ?? '')];
    const known = states.at(slot) as Note;
    // Of those beside each other more and more keep their bodies, and pieces of memory die around each of them.
    const isHead = at % 10 <= round / 1_000;
    states.change(slot, isHead ? dueAt(known, round) : { ...known, dueAtMs: round });
    if (isHead) {
      heads += 1;
      const [before, body] = [seen.get(name), bodies.get(known)];
      if (before !== undefined && (before.bytes !== body?.bytes || before.start !== body.start)) moved += 1;
      seen.set(name, body);
    }
    // Otherwise it would stay an object.
    states.takeDirty(
      () => 0,
      () => undefined,
    );
    if (round % 10 === 0) while (states.tidy()) expect(states.size).toBe(names.length);
  }
  expect(moved).toBeGreaterThan(0);
  expect(moved).toBeLessThan(heads / 5);
  expect(states.encodedBytes).toBeLessThan(names.length * (room + 50));
  for (const name of names) expect(states.get(name)).toMatchObject({ text: name, room });
});

it('takes for the body of a state only what lies there now, not what lay there once', () => {
  const slots = new KeySlots();
  const states = new KeyedStates(slots, parted);
  const slot = slots.take('a');
  // Written down each time: otherwise it would stay an object.
  const put = (note: Note): Note => {
    states.change(slot, note);
    states.takeDirty(
      () => 0,
      () => undefined,
    );
    return states.at(slot) as Note;
  };
  const first = put({ text: 'first', room: 0, dueAtMs: 1 });
  const second = put({ text: 'second', room: 0, dueAtMs: 2 });
  expect(put(dueAt(first, 3))).toMatchObject({ text: 'first', dueAtMs: 3 });
  const apart = put(dueAt(put(second), 4));
  expect(put(dueAt(first, 5))).toMatchObject({ text: 'first', dueAtMs: 5 });
  put(dueAt(put({ text: 'third', room: 0, dueAtMs: 6 }), 7));
  expect(put(dueAt(apart, 8))).toMatchObject({ text: 'second', dueAtMs: 8 });
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

import type { DetectState } from '@kairos/decisions';
import avro from 'avsc';
import type { StateCodec } from '../ports.ts';

/** First byte of what is written here. JSON begins with `{`: what earlier versions wrote. */
const VERSION = 1;

const long = 'long';
const nullable = (type: object | string) => ['null', type];
const listOf = (name: string, fields: readonly object[]) => ({
  type: 'array',
  items: { type: 'record', name, fields },
});

const arm = [
  { name: 'messageId', type: 'string' },
  { name: 'atMs', type: long },
  { name: 'traceparent', type: nullable('string') },
];
const said = {
  type: 'record',
  name: 'Said',
  fields: [
    { name: 'event', type: 'string' },
    { name: 'properties', type: 'string' },
  ],
};

/** `DetectState` with its triggers as a list. Times in ms, as everywhere. */
const type = avro.Type.forSchema({
  type: 'record',
  name: 'DetectState',
  fields: [
    {
      name: 'triggers',
      type: listOf('Trigger', [
        { name: 'id', type: 'string' },
        {
          name: 'open',
          type: listOf('OpenInstance', [
            { name: 'key', type: 'string' },
            { name: 'arms', type: listOf('Arm', arm) },
            { name: 'count', type: long },
            { name: 'said', type: said },
            { name: 'dueAtMs', type: long },
            { name: 'graceMs', type: long },
          ]),
        },
        {
          name: 'idle',
          type: nullable({
            type: 'record',
            name: 'Idle',
            fields: [
              { name: 'last', type: 'Arm' },
              { name: 'said', type: 'Said' },
              { name: 'forMs', type: long },
              { name: 'timerAtMs', type: long },
            ],
          }),
        },
        {
          name: 'cancels',
          type: listOf('Cancel', [
            { name: 'key', type: 'string' },
            { name: 'atMs', type: long },
            { name: 'messageId', type: 'string' },
            { name: 'untilMs', type: long },
          ]),
        },
        {
          name: 'fired',
          type: listOf('Fired', [
            { name: 'key', type: 'string' },
            { name: 'candidateId', type: 'string' },
            { name: 'firedAtMs', type: long },
            { name: 'dueAtMs', type: long },
            { name: 'lastArmAtMs', type: long },
            { name: 'expiresAtMs', type: long },
            { name: 'isOpen', type: 'boolean' },
            { name: 'untilMs', type: nullable(long) },
          ]),
        },
      ]),
    },
    { name: 'profile', type: 'string' },
    { name: 'segments', type: { type: 'array', items: 'string' } },
    // What another version of the detector keeps beside this, as JSON.
    { name: 'more', type: 'string', default: '' },
  ],
} as avro.Schema);

type TriggerEntry = { readonly id: string } & DetectState['triggers'][string];

function encode(state: unknown): Uint8Array {
  const { triggers, profile, segments, ...more } = state as DetectState;
  const entries: TriggerEntry[] = [];
  for (const id in triggers) {
    const trigger = triggers[id];
    if (trigger !== undefined) entries.push({ id, ...trigger });
  }
  const rest = hasAny(more) ? JSON.stringify(more) : '';
  const payload = type.toBuffer({ triggers: entries, profile, segments, more: rest });
  const framed = Buffer.allocUnsafe(payload.length + 1);
  framed[0] = VERSION;
  payload.copy(framed, 1);
  return framed;
}

function decode(bytes: Uint8Array): DetectState {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer[0] !== VERSION) {
    throw new Error(`the state was written by another version of the detector (it begins with ${buffer[0]})`);
  }
  const { value } = type.decode(buffer, 1) as unknown as {
    readonly value: { triggers: TriggerEntry[]; profile: string; segments: string[]; more: string };
  };
  const triggers: Record<string, DetectState['triggers'][string]> = {};
  for (const { id, open, idle, cancels, fired } of value.triggers) triggers[id] = { open, idle, cancels, fired };
  const more = value.more === '' ? {} : (JSON.parse(value.more) as object);
  return { triggers, profile: value.profile, segments: value.segments, ...more };
}

function hasAny(value: object): boolean {
  for (const _ in value) return true;
  return false;
}

/** States in Avro: a third of their JSON, and a fraction of its time. */
export const detectStateCodec: StateCodec = { encode, decode };

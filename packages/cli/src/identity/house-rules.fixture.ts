import type { CompiledPlaybook, Definition, JourneyStep } from '@kairos/decisions';
import { cartRules, common, trigger } from './rules.fixture.ts';

const onsite = (id: string): Definition => ({
  ...common,
  kind: 'Message',
  id,
  purpose: 'marketing',
  channels: [{ channel: 'onsite', slot: 'bar', html: `<p>${id}</p>`, deliver: 'atLeastOnce' }],
});

const send = (message: string): JourneyStep => ({ does: 'send', message, channel: null, expiresAfterMs: null });

/** So many looks make a fan. */
export const LOOKS = 8;
/** The pause of the journey. */
export const PAUSE_MS = 50_000;

/** Beside the cart: a pattern of eight events, once in a life, and a journey of two sends per `properties.k`. */
export const houseDefinitions: readonly Definition[] = [
  trigger('fan', {
    when: {
      type: 'count',
      events: [{ name: 'Looked', where: null }],
      of: 'count',
      value: null,
      atLeast: LOOKS,
      window: { kind: 'rolling', ms: 3_600_000 },
    },
    oncePer: ['person'],
    reentry: { kind: 'never' },
    send: 'to-fans',
  }),
  trigger('began', {
    when: { type: 'event', events: [{ name: 'Began', where: null }] },
    oncePer: ['properties.k'],
    reentry: { kind: 'never' },
    send: null,
  }),
  {
    ...common,
    kind: 'Journey',
    id: 'trip',
    startsWith: 'began',
    exitsOnGoal: false,
    exitWhen: [],
    steps: [send('step-one'), { does: 'wait', forMs: PAUSE_MS, until: null }, send('step-two')],
  },
  onsite('to-fans'),
  onsite('step-one'),
  onsite('step-two'),
];

let compiled: CompiledPlaybook | undefined;

/** Compiled once: compiling is pure, and a law opens hundreds of houses. */
export const houseRules = (): CompiledPlaybook => {
  compiled ??= cartRules(houseDefinitions);
  return compiled;
};

import {
  type CompiledPlaybook,
  compilePlaybook,
  type Definition,
  type JourneyDefinition,
  type JourneyStep,
  type TriggerDefinition,
} from '@kairos/decisions';

/** What differs between the two playbooks that the simulation switches between. */
interface Edition {
  readonly name: 'one' | 'two';
  readonly withinMs: number;
}

export const editions: Readonly<Record<'one' | 'two', Edition>> = {
  one: { name: 'one', withinMs: 12_000 },
  two: { name: 'two', withinMs: 8_000 },
};

export const GRACE_MS = 2_000;
/** The waits of a journey: for an answer, and then a pause. */
export const JOURNEY_MS = { answer: 7_000, pause: 5_000 } as const;
/** Nothing is due later than this after the last event. */
export const LONGEST_MS = Math.max(editions.one.withinMs + GRACE_MS, JOURNEY_MS.answer);

/** Longer than a run lasts. */
const LONG_MS = 6 * 3_600_000;
/** What is proposed on short terms expires now and then on its way: while a stage is down, or behind its time. */
const SHORT_MS = 4_000;

/** How long after its proposal a message may still be sent. */
export const expiresAfterMsOf = (triggerId: string, messageId: string): number =>
  triggerId === 'wished' || (messageId.startsWith('trip-') && messageId.endsWith('-last')) ? SHORT_MS : LONG_MS;

const common = (id: string, edition: Edition) =>
  ({ id, version: `${id}-${edition.name}`, description: '', owner: '', status: 'live' }) as const;

const trigger = (
  id: string,
  edition: Edition,
  special: Pick<TriggerDefinition, 'when' | 'oncePer' | 'reentry'>,
): TriggerDefinition => ({
  ...common(id, edition),
  kind: 'Trigger',
  purpose: 'service',
  foundBy: 'rule',
  audience: null,
  cancelOn: [],
  goal: null,
  expiresAfterMs: expiresAfterMsOf(id, ''),
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  // So that a proposal tells by which edition it was made.
  send: `hello-${edition.name}`,
  ...special,
});

/** A send that says nothing of its own has the trigger's terms. */
const send = (message: string, expiresAfterMs: number | null = null): JourneyStep => ({
  does: 'send',
  message,
  channel: null,
  expiresAfterMs,
});

/** A message of a journey tells of which edition the journey is. */
export const tripMessage = (name: string, which: 'first' | 'many' | 'last' | 'task'): string => `trip-${name}-${which}`;

/** Every step that there is but a call, which is a send to another channel. The two editions differ in the order of the two ways. */
const tripOf = (edition: Edition): JourneyDefinition => {
  const message = (which: Parameters<typeof tripMessage>[1]): string => tripMessage(edition.name, which);
  const branch: JourneyStep = {
    does: 'branch',
    branches: [{ if: 'profile.eventCount > 6', steps: [send(message('many'))] }],
    otherwise: [{ does: 'set', traits: { tripped: edition.name } }],
  };
  return {
    ...common('trip', edition),
    kind: 'Journey',
    startsWith: 'begun',
    exitsOnGoal: false,
    exitWhen: [{ name: 'Left', where: null }],
    steps: [
      send(message('first')),
      {
        does: 'waitFor',
        anyOf: [
          { kind: 'event', event: { name: 'Answered', where: null } },
          { kind: 'outcome', message: message('first'), outcome: 'failed' },
        ],
        atMostMs: JOURNEY_MS.answer,
        otherwise: [{ does: 'task', message: message('task'), role: 'sales', expiresAfterMs: null }],
      },
      {
        does: 'split',
        id: 'coin',
        ways: [
          { name: 'on', percent: 70, steps: edition.name === 'one' ? [branch] : [] },
          { name: 'out', percent: 30, steps: [{ does: 'exit' }] },
        ],
      },
      { does: 'wait', forMs: JOURNEY_MS.pause, until: null },
      ...(edition.name === 'two' ? [branch] : []),
      send(message('last'), expiresAfterMsOf('begun', message('last'))),
    ],
  };
};

const messageOf = (id: string, edition: Edition): Definition => ({
  ...common(id, edition),
  kind: 'Message',
  purpose: 'service',
  channels: [
    id.endsWith('task')
      ? { channel: 'task', title: 'Call', action: 'Call', why: '', avoid: '', deliver: 'atLeastOnce' }
      : { channel: 'webhook', url: 'https://shop.example/hook', body: '{}', deliver: 'atLeastOnce' },
  ],
});

/** `left`: a cart, and no order within a short window. `wished`: an event that fires at once. */
const definitionsOf = (edition: Edition): readonly Definition[] => [
  {
    ...common('company', edition),
    kind: 'Company',
    name: 'Shop',
    zone: 'Etc/UTC',
    currency: 'EUR',
    liveHorizonMs: 86_400_000,
    collectForMs: { marketing: 1_000, service: 400 },
    quietHours: [],
    globalHoldoutPercent: 0,
    salt: 'salt',
  },
  trigger('left', edition, {
    when: {
      type: 'absence',
      events: [{ name: 'Product Added', where: null }],
      butNot: [{ name: 'Order Completed', where: null }],
      withinMs: edition.withinMs,
      clock: 'startsOnFirst',
      atLatestAfterMs: null,
      graceMs: GRACE_MS,
    },
    oncePer: ['properties.cart_id'],
    reentry: { kind: 'never' },
  }),
  trigger('wished', edition, {
    when: { type: 'event', events: [{ name: 'Wished', where: null }] },
    oncePer: ['person'],
    reentry: { kind: 'always' },
  }),
  {
    ...trigger('begun', edition, {
      when: { type: 'event', events: [{ name: 'Began', where: null }] },
      oncePer: ['person'],
      reentry: { kind: 'always' },
    }),
    send: null,
  },
  tripOf(edition),
  // Whoever is on a journey of the other edition is sent its messages.
  ...(['one', 'two'] as const).flatMap((name) => [
    messageOf(`hello-${name}`, edition),
    ...(['first', 'many', 'last', 'task'] as const).map((which) => messageOf(tripMessage(name, which), edition)),
  ]),
  { ...common(`seen-by-${edition.name}`, edition), kind: 'Segment', where: 'profile.eventCount > 0' },
];

export const published: Readonly<Record<'one' | 'two', readonly Definition[]>> = {
  one: definitionsOf(editions.one),
  two: definitionsOf(editions.two),
};

/** Which edition a version is of: every publication has a version of its own. */
export const editionOf = (version: string): Edition => (version.startsWith('one') ? editions.one : editions.two);

/** Compiled once for all runs: compiling is pure and costs more than all the rest of a run's start. */
const compiled = new Map<string, CompiledPlaybook>();
export const compileOnce = (version: string, offset: number): CompiledPlaybook => {
  const name = `${version}@${offset}`;
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const { name: mine } = editionOf(version);
  const definitions = published[mine];
  const earlier = published[mine === 'one' ? 'two' : 'one'];
  const playbook = compilePlaybook({ version, offset, timeScale: 1, definitions, earlier });
  if (playbook.faults.length > 0) throw new Error(`the simulation's own playbook: ${JSON.stringify(playbook.faults)}`);
  compiled.set(name, playbook);
  return playbook;
};

import { type CompiledPlaybook, compilePlaybook, type Definition, type TriggerDefinition } from '@kairos/decisions';

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
/** Nothing is due later than this after the last event. */
export const LONGEST_MS = editions.one.withinMs + GRACE_MS;

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
  expiresAfterMs: 6 * 3_600_000,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  // So that a proposal tells by which edition it was made.
  send: `hello-${edition.name}`,
  ...special,
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
  ...(['one', 'two'] as const).map(
    (name): Definition => ({
      ...common(`hello-${name}`, edition),
      kind: 'Message',
      purpose: 'service',
      channels: [{ channel: 'webhook', url: 'https://shop.example/hook', body: '{}', deliver: 'atLeastOnce' }],
    }),
  ),
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
  const definitions = published[editionOf(version).name];
  const playbook = compilePlaybook({ version, offset, timeScale: 1, definitions });
  if (playbook.faults.length > 0) throw new Error(`the simulation's own playbook: ${JSON.stringify(playbook.faults)}`);
  compiled.set(name, playbook);
  return playbook;
};

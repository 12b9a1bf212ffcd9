import { fitModel, type Person, Random, readFeatures } from '@kairos/cli';
import { compilePlaybook, type Definition, enrich, type ModelDefinition } from '@kairos/decisions';
import { measure } from '../../kit/measure.ts';
import { declareWorks } from '../../kit/work.ts';

export interface FitInput {
  readonly kind: 'kmeans' | 'tree';
  readonly persons: number;
}

const AT_MS = Date.UTC(2026, 10, 1);
const DAY_MS = 86_400_000;
const SEED = 7;

/** Customers of a shop: few orders for most, many for some, money with a long tail. */
export function customers(count: number): readonly Person[] {
  const random = new Random(SEED);
  const tail = (): number => -Math.log(1 - random.next());
  return Array.from({ length: count }, (_, at) => {
    const orderCount = 1 + Math.floor(tail() * tail() * 4);
    const isRegular = orderCount > 3;
    return {
      personId: `user:${at}`,
      segments: [],
      profile: {
        orderCount,
        netValue: Math.round(orderCount * (50 + tail() * 300) * 100) / 100,
        lastOrderAtMs: AT_MS - Math.floor(tail() * (isRegular ? 25 : 110) * DAY_MS),
        counters: { 'Product Viewed': Math.floor(tail() * 12 * orderCount) },
        traits: { loyal: random.happens(isRegular ? 0.8 : 0.25) },
      },
    };
  });
}

const trained = ({ kind, persons }: FitInput) =>
  fitModel(customers(persons), {
    kind,
    id: 'learned',
    features: readFeatures(
      'daysSince(profile.lastOrderAtMs):log, profile.orderCount:log, profile.netValue:log, profile.counters["Product Viewed"]:log',
    ),
    where: 'profile.orderCount > 0',
    groups: 5,
    label: kind === 'tree' ? 'profile.traits.loyal' : null,
    depth: 5,
    seed: SEED,
    atMs: AT_MS,
  });

const asDefinition = (input: FitInput): ModelDefinition =>
  ({ ...trained(input).model, version: '1', status: 'live' }) as ModelDefinition;

const playbookOf = (definitions: readonly Definition[]) =>
  compilePlaybook({ version: '1', offset: 0, timeScale: 1, definitions });

/** CPU seconds of the whole training: table, ten starts or the tree, quality, and the report over everybody. */
async function fits(input: FitInput): Promise<{ readonly cpuS: number; readonly groups: number }> {
  let groups = 0;
  const { cpuS } = await measure(() => {
    groups = trained(input).groups.length;
  });
  return { cpuS, groups };
}

export interface AssignInput extends FitInput {
  readonly rounds: number;
}

/** CPU µs to find the group of one person. */
async function assigns(input: AssignInput): Promise<{ readonly us: number; readonly found: number }> {
  const [model] = playbookOf([asDefinition(input)]).models;
  const scopes = customers(input.persons).map(({ profile }) => ({ profile, segments: [], now: AT_MS }));
  let found = 0;
  const round = (): void => {
    for (const scope of scopes) if (model?.groupOf(scope) !== null) found += 1;
  };
  for (let at = 0; at < Math.ceil(input.rounds / 2); at += 1) round();
  found = 0;
  const { cpuS } = await measure(() => {
    for (let at = 0; at < input.rounds; at += 1) round();
  });
  return { us: (cpuS * 1e6) / (scopes.length * input.rounds), found };
}

export interface EnrichInput {
  readonly events: number;
  readonly segmented: 'none' | 'kmeans' | 'rules';
}

/** As many groups by rule, over the same fields, as a marketer would write them. */
const rules: readonly Definition[] = [1, 2, 3, 4, 5].map((number) => ({
  kind: 'Segment',
  id: `rule-${number}`,
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  where: `profile.orderCount >= ${number} && profile.orderCount < ${number * 2} && profile.netValue > ${number * 50}`,
}));

/** Events per CPU second through enrich. */
async function enriches({
  events,
  segmented,
}: EnrichInput): Promise<{ readonly perCpuS: number; readonly entered: number }> {
  const learned = segmented === 'kmeans' ? [asDefinition({ kind: 'kmeans', persons: 1_000 })] : [];
  const playbook = playbookOf(segmented === 'rules' ? rules : learned);
  const PERSONS = 500;
  let entered = 0;
  const run = (count: number): void => {
    const states = new Map<number, ReturnType<typeof enrich>['state']>();
    for (let at = 0; at < count; at += 1) {
      const person = at % PERSONS;
      const atMs = AT_MS + at * 1_000;
      const result = enrich(states.get(person), eventOf(at, { person, atMs }), { playbook, faults: [] });
      states.set(person, result.state);
      entered += result.event.segmentsEntered.length;
    }
  };
  run(Math.ceil(events / 2));
  entered = 0;
  const { cpuS } = await measure(() => run(events));
  return { perCpuS: events / cpuS, entered };
}

const eventOf = (at: number, { person, atMs }: { readonly person: number; readonly atMs: number }) => ({
  personId: `user:${person}`,
  loggedAtMs: atMs,
  linkedFrom: null,
  sentBy: null,
  event: {
    messageId: `m-${at}`,
    type: 'track',
    name: at % 4 === 0 ? 'Order Completed' : 'Product Viewed',
    anonymousId: null,
    userId: String(person),
    email: null,
    phone: null,
    occurredAtMs: atMs,
    receivedAtMs: atMs,
    originalTimestampMs: null,
    sentAtMs: null,
    properties: at % 4 === 0 ? '{"total":49.9}' : '{"product_id":"KB-01"}',
    traits: '{}',
    context: '{}',
    source: 'shop',
    sourceKind: 'server',
    backfill: false,
    candidateId: null,
    flags: [],
    rehomed: false,
  },
});

export const works = declareWorks(import.meta.url, { fits, assigns, enriches });

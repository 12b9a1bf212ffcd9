import type {
  Channel,
  Definition,
  JourneyDefinition,
  JourneyStep,
  MessageDefinition,
  Purpose,
  TriggerDefinition,
} from '@kairos/decisions';
import { parseWallTimeMs } from '@kairos/decisions';
import type { Path } from '../yaml-source.ts';
import type { Book } from './book.ts';

const HOUR_MS = 3_600_000;
/** A day on which the clock is set back. */
const LONGEST_DAY_MS = 25 * HOUR_MS;
const LONGEST_WEEK_MS = 7 * 24 * HOUR_MS + HOUR_MS;

/** A message that a trigger, or a step of its journey, proposes. */
export interface Proposing {
  readonly trigger: TriggerDefinition;
  readonly message: MessageDefinition;
  /** Whose text says so, and where. */
  readonly definition: Definition;
  readonly path: Path;
  /** Channels that it may take, in order. */
  readonly channels: readonly Channel[];
  readonly purpose: Purpose;
  readonly isToStaff: boolean;
  readonly lifeMs: number;
  /** Nothing is waited for between the firing and this. */
  readonly isAtOnce: boolean;
  /** Time of day where the person lives, ms since midnight; null where it can be any. */
  readonly wallMs: number | null;
  /** What the same way through the journey has proposed before, with the longest time that can have passed. */
  readonly before: readonly { readonly proposing: Proposing; readonly atMostMsAgo: number }[];
}

/** A step of a journey that sets what is known of the person. */
export interface Setting {
  readonly traits: Extract<JourneyStep, { does: 'set' }>['traits'];
  readonly definition: Definition;
  readonly path: Path;
  readonly isAtOnce: boolean;
}

/** What the journeys of a trigger set. */
export function settingsOf(trigger: TriggerDefinition, book: Book): readonly Setting[] {
  const settings: Setting[] = [];
  for (const journey of book.journeysOf(trigger)) {
    walk(journey.steps, { at: ['steps'], way: START, journey, trigger, book, found: [], settings });
  }
  return settings;
}

/** All that a trigger proposes: its own message, and those of its journeys. */
export function proposalsOf(trigger: TriggerDefinition, book: Book): readonly Proposing[] {
  const wallMs = trigger.when.type === 'date' ? trigger.when.atWallMs : null;
  const start: Way = { ...START, wallMs };
  const own =
    trigger.send === null
      ? []
      : proposing(
          { message: trigger.send, channel: null, isToStaff: trigger.audienceRole !== 'customer', lifeMs: null },
          { trigger, definition: trigger, path: ['send'], way: start, book },
        );
  return [
    ...own,
    ...book.journeysOf(trigger).flatMap((journey) => proposalsOfJourney(journey, { trigger, book, start })),
  ];
}

function proposalsOfJourney(
  journey: JourneyDefinition,
  { trigger, book, start }: { trigger: TriggerDefinition; book: Book; start: Way },
): readonly Proposing[] {
  const found: Proposing[] = [];
  walk(journey.steps, { at: ['steps'], way: start, journey, trigger, book, found, settings: [] });
  return found;
}

/** How far one way through a journey has come. */
interface Way {
  readonly isAtOnce: boolean;
  readonly wallMs: number | null;
  readonly before: Proposing['before'];
}

const START: Way = { isAtOnce: true, wallMs: null, before: [] };

interface Walk {
  readonly at: Path;
  readonly way: Way;
  readonly journey: JourneyDefinition;
  readonly trigger: TriggerDefinition;
  readonly book: Book;
  readonly found: Proposing[];
  readonly settings: Setting[];
}

function walk(steps: readonly JourneyStep[], { at, way: from, ...of }: Walk): void {
  let way = from;
  for (const [index, step] of steps.entries()) {
    if (step.does === 'exit') return;
    const here = [...at, index];
    for (const { inner, path } of innerLists(step)) {
      const inside = step.does === 'waitFor' ? passed(way, { ms: step.atMostMs, wallMs: null }) : way;
      walk(inner, { ...of, at: [...here, ...path], way: inside });
    }
    if (step.does === 'set') {
      const { traits } = step;
      of.settings.push({ traits, definition: of.journey, path: [...here, 'set'], isAtOnce: way.isAtOnce });
    }
    if (step.does === 'send' || step.does === 'task' || step.does === 'call') {
      const made = proposing(askedOf(step, of.trigger), {
        trigger: of.trigger,
        definition: of.journey,
        path: [...here, step.does],
        way,
        book: of.book,
      });
      of.found.push(...made);
      way = { ...way, before: [...way.before, ...made.map((one) => ({ proposing: one, atMostMsAgo: 0 }))] };
    } else way = behind(step, way);
  }
}

function behind(step: JourneyStep, way: Way): Way {
  const ms = longestMs(step);
  if (step.does === 'wait') {
    const time = step.until?.time ?? null;
    return passed(way, { ms, wallMs: time === null ? null : parseWallTimeMs(time) });
  }
  return ms === 0 ? way : passed(way, { ms, wallMs: null });
}

const passed = (way: Way, { ms, wallMs }: { ms: number; wallMs: number | null }): Way => ({
  isAtOnce: false,
  wallMs,
  before: way.before.map((one) => ({ ...one, atMostMsAgo: one.atMostMsAgo + ms })),
});

/** How long a step, with all inside it, takes at most. */
export function longestMs(step: JourneyStep): number {
  if (step.does === 'wait') {
    const { forMs, until } = step;
    return forMs + (until === null ? 0 : until.weekdays.length > 0 ? LONGEST_WEEK_MS : LONGEST_DAY_MS);
  }
  const inner = innerLists(step).map((one) => one.inner.reduce((sum, each) => sum + longestMs(each), 0));
  return (step.does === 'waitFor' ? step.atMostMs : 0) + Math.max(0, ...inner);
}

/** Lists of steps inside a step, with their paths as people write them. */
export function innerLists(
  step: JourneyStep,
): readonly { readonly inner: readonly JourneyStep[]; readonly path: Path }[] {
  switch (step.does) {
    case 'waitFor':
      return [{ inner: step.otherwise, path: ['otherwise'] }];
    case 'branch':
      return [
        ...step.branches.map(({ steps }, at) => ({ inner: steps, path: ['branch', at, 'steps'] })),
        { inner: step.otherwise, path: ['branch', step.branches.length, 'else'] },
      ];
    case 'split':
      return step.ways.map(({ steps }, at) => ({ inner: steps, path: ['ways', at, 'steps'] }));
    default:
      return [];
  }
}

interface Asked {
  readonly message: string;
  readonly channel: Channel | null;
  readonly isToStaff: boolean;
  readonly lifeMs: number | null;
}

type Sending = Extract<JourneyStep, { does: 'send' | 'task' | 'call' }>;

function askedOf(step: Sending, { audienceRole }: TriggerDefinition): Asked {
  const { message, expiresAfterMs: lifeMs } = step;
  if (step.does === 'send') {
    return { message, channel: step.channel, isToStaff: audienceRole !== 'customer', lifeMs };
  }
  return { message, channel: step.does === 'task' ? 'task' : 'webhook', isToStaff: true, lifeMs };
}

interface Proposer {
  readonly trigger: TriggerDefinition;
  readonly definition: Definition;
  readonly path: Path;
  readonly way: Way;
  readonly book: Book;
}

/** None where the message is missing or nothing of it suits: lint says so. */
function proposing(asked: Asked, { trigger, definition, path, way, book }: Proposer): readonly Proposing[] {
  const message = book.messages.get(asked.message);
  if (message === undefined) return [];
  const channels = message.channels
    .map(({ channel }) => channel)
    .filter((channel) => asked.channel === null || channel === asked.channel)
    .filter((channel) => (asked.isToStaff ? channel === 'task' || channel === 'webhook' : channel !== 'task'));
  if (channels.length === 0) return [];
  const one: Proposing = {
    trigger,
    message,
    definition,
    path,
    channels,
    // As arbitration takes it: consent can't be lost by a slip in one of them.
    purpose: trigger.purpose === 'service' && message.purpose === 'service' ? 'service' : 'marketing',
    isToStaff: asked.isToStaff,
    lifeMs: asked.lifeMs ?? trigger.expiresAfterMs,
    ...way,
  };
  return [one];
}

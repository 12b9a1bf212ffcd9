import type { EnrichedEvent, Feedback, Proposal, TriggerDetected, Withdrawal } from '@kairos/contracts';
import { defaultCompany } from '../compile-defaults.ts';
import { compilePlaybook } from '../compile-playbook.ts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { Definition, EventMatch, TriggerDefinition, When } from '../definitions.ts';
import { detect, detectFeedback } from './detect.ts';
import type { DetectState } from './detect-state.ts';
import { detectTime } from './detect-time.ts';
import { dueAtMs } from './due.ts';
import { TriggerStates } from './trigger-states.ts';
import type { Fact } from './trigger-type.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A day to live in: Wednesday 10:00 UTC. */
export const T0 = Date.UTC(2026, 5, 3, 10);

export const named = (...names: readonly string[]): readonly EventMatch[] =>
  names.map((name) => ({ name, where: null }));

export const eventWhen = (name: string, where: string | null = null): When => ({
  type: 'event',
  events: [{ name, where }],
});

export const cartLeft = (with_: Partial<Extract<When, { type: 'absence' }>> = {}): When => ({
  type: 'absence',
  events: named('Product Added'),
  butNot: named('Order Completed'),
  withinMs: HOUR,
  clock: 'startsOnFirst',
  atLatestAfterMs: null,
  graceMs: 15_000,
  ...with_,
});

export const inactiveFor = (forMs: number, events: readonly EventMatch[] | null = null): When => ({
  type: 'inactivity',
  events,
  forMs,
});

export const triggerOf = (when: When, with_: Partial<TriggerDefinition> = {}): TriggerDefinition => ({
  kind: 'Trigger',
  id: 'it',
  version: '1',
  description: '',
  owner: '',
  status: 'live',
  purpose: 'marketing',
  foundBy: 'rule',
  when,
  audience: null,
  oncePer: ['person'],
  reentry: { kind: 'always' },
  cancelOn: [],
  goal: null,
  expiresAfterMs: 6 * HOUR,
  holdoutPercent: 0,
  priority: 50,
  audienceRole: 'customer',
  activeFromMs: null,
  activeToMs: null,
  send: 'message',
  ...with_,
});

export function playbookOf(...definitions: readonly Definition[]): CompiledPlaybook {
  const playbook = compilePlaybook({ version: 'v1', offset: 0, timeScale: 1, definitions });
  if (playbook.faults.length > 0) throw new Error(JSON.stringify(playbook.faults));
  return playbook;
}

export const companyOf = (liveHorizonMs: number): Definition => ({ ...defaultCompany, liveHorizonMs });

export interface Happening {
  readonly name: string;
  readonly id?: string;
  readonly atMs: number;
  /** Log time; the same as it happened unless it came late. */
  readonly loggedAtMs?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly profile?: Readonly<Record<string, unknown>>;
  readonly segments?: readonly string[];
  readonly entered?: readonly string[];
  readonly left?: readonly string[];
  readonly backfill?: boolean;
  readonly contact?: EnrichedEvent['contact'];
}

let count = 0;

export const eventOf = (happening: Happening): EnrichedEvent => {
  count += 1;
  const loggedAtMs = happening.loggedAtMs ?? happening.atMs;
  return {
    personId: 'user:1',
    messageId: happening.id ?? `m${count}`,
    type: 'track',
    name: happening.name,
    occurredAtMs: happening.atMs,
    receivedAtMs: loggedAtMs,
    loggedAtMs,
    source: 'shop',
    sourceKind: 'server',
    backfill: happening.backfill ?? false,
    candidateId: null,
    properties: JSON.stringify(happening.properties ?? {}),
    context: '{}',
    profile: JSON.stringify(happening.profile ?? {}),
    segments: [...(happening.segments ?? [])],
    segmentsEntered: [...(happening.entered ?? [])],
    segmentsLeft: [...(happening.left ?? [])],
    contact: happening.contact ?? null,
    linkedFrom: null,
    faults: [],
  };
};

/** One person's detector, driven by hand: events as they come, and time as it is told. */
export class OnePerson {
  state: DetectState | undefined;
  playbook: CompiledPlaybook;
  timeMs = -1;
  readonly facts: Fact[] = [];

  constructor(playbook: CompiledPlaybook) {
    this.playbook = playbook;
  }

  sees(happening: Happening, traceparent: string | null = null): readonly Fact[] {
    return this.#keep(
      detect(this.state, eventOf(happening), { playbook: this.playbook, timeMs: this.timeMs, traceparent }),
    );
  }

  /** Time is told; the person is asked only if something is due, as the task does it. */
  reaches(timeMs: number): readonly Fact[] {
    this.timeMs = timeMs;
    const due = this.state === undefined ? undefined : dueAtMs(this.state);
    if (this.state === undefined || due === undefined || due > timeMs) return [];
    return this.#keep(detectTime(this.state, 'user:1', { playbook: this.playbook, timeMs }));
  }

  hears(feedback: Partial<Feedback>): void {
    const whole: Feedback = {
      personId: 'user:1',
      kind: 'reported',
      candidateId: '',
      firingId: '',
      triggerId: 'it',
      messageId: 'message',
      channel: 'email',
      fate: 'accepted',
      code: null,
      purpose: 'marketing',
      atMs: 0,
      ...feedback,
    };
    this.state = detectFeedback(this.state, whole);
  }

  /** What the trigger's type keeps of its own. */
  get own(): Readonly<Record<string, unknown>> {
    return { ...TriggerStates.of(this.state?.triggers).get('it')?.own };
  }

  get proposals(): readonly Proposal[] {
    return this.facts.flatMap((fact) => (fact.kind === 'proposed' ? [fact.proposal] : []));
  }

  get withdrawals(): readonly Withdrawal[] {
    return this.facts.flatMap((fact) => (fact.kind === 'withdrawn' ? [fact.withdrawal] : []));
  }

  get detected(): readonly Omit<TriggerDetected, 'origin'>[] {
    return this.facts.flatMap((fact) => (fact.kind === 'detected' ? [fact.detected] : []));
  }

  /** Codes of what did not start, in order. */
  get codes(): readonly (string | null)[] {
    return this.detected.filter(({ outcome }) => outcome === 'notStarted').map(({ code }) => code);
  }

  #keep(result: { state: DetectState | undefined; facts: readonly Fact[] }): readonly Fact[] {
    // As it would come back from a cut: what JSON loses must not matter.
    this.state = result.state === undefined ? undefined : (JSON.parse(JSON.stringify(result.state)) as DetectState);
    this.facts.push(...result.facts);
    return result.facts;
  }
}

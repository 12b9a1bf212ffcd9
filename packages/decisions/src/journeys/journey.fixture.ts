import type { Feedback, Proposal, TriggerDetected, Withdrawal } from '@kairos/contracts';
import { compilePlaybook } from '../compile-playbook.ts';
import type { CompiledPlaybook } from '../compile-types.ts';
import type { Definition, JourneyDefinition, JourneyStep } from '../definitions.ts';
import type { DetectState } from '../triggers/detect-state.ts';
import { eventOf, eventWhen, type Happening, HOUR, named, T0, triggerOf } from '../triggers/detector.fixture.ts';
import type { Fact, SetOfPerson } from '../triggers/trigger-type.ts';
import { detect, detectDueAtMs, detectFeedback, detectTime } from './detect.ts';

export const send = (message: string, more: Partial<Extract<JourneyStep, { does: 'send' }>> = {}): JourneyStep => ({
  does: 'send',
  message,
  channel: null,
  expiresAfterMs: null,
  ...more,
});
export const wait = (forMs: number): JourneyStep => ({ does: 'wait', forMs, until: null });
export const exitStep: JourneyStep = { does: 'exit' };
type WaitFor = Extract<JourneyStep, { does: 'waitFor' }>;
export const waitFor = (
  anyOf: WaitFor['anyOf'],
  atMostMs: number,
  otherwise: readonly JourneyStep[] = [],
): JourneyStep => ({ does: 'waitFor', anyOf, atMostMs, otherwise });
export const clicked = (message: string): WaitFor['anyOf'][number] => ({
  kind: 'outcome',
  message,
  outcome: 'clicked',
});
export const did = (name: string, where: string | null = null): WaitFor['anyOf'][number] => ({
  kind: 'event',
  event: { name, where },
});

export const journeyOf = (steps: readonly JourneyStep[], more: Partial<JourneyDefinition> = {}): JourneyDefinition => ({
  kind: 'Journey',
  id: 'trip',
  version: 'j1',
  description: '',
  owner: '',
  status: 'live',
  startsWith: 'it',
  exitsOnGoal: true,
  exitWhen: [],
  steps,
  ...more,
});

/** Fires at each `Begun`; `Bought` is its goal, `Stopped` cancels it; one instance per `k`. */
export const begun = triggerOf(eventWhen('Begun'), {
  send: null,
  oncePer: ['properties.k', 'person'],
  cancelOn: named('Stopped'),
  goal: { event: { name: 'Bought', where: null }, withinMs: 100 * HOUR, value: null },
});

export const bookOf = (definitions: readonly Definition[], earlier: readonly Definition[] = []): CompiledPlaybook => {
  const version = `v-${definitions.map((one) => `${one.id}@${one.version}`).join()}`;
  const playbook = compilePlaybook({ version, offset: 0, timeScale: 1, definitions, earlier });
  if (playbook.faults.length > 0) throw new Error(JSON.stringify(playbook.faults));
  return playbook;
};

export const tripOf = (steps: readonly JourneyStep[], more: Partial<JourneyDefinition> = {}): CompiledPlaybook =>
  bookOf([begun, journeyOf(steps, more)]);

type Detected = Omit<TriggerDetected, 'origin'>;

/** One person, triggers and journeys together, driven by hand. State passes through JSON each time, as through a cut. */
export class Traveller {
  state: DetectState | undefined;
  playbook: CompiledPlaybook;
  timeMs = T0 - 1;
  readonly facts: Fact[] = [];
  readonly personId: string;

  constructor(playbook: CompiledPlaybook, personId = 'user:1') {
    this.playbook = playbook;
    this.personId = personId;
  }

  sees(happening: Happening & { readonly about?: string }): readonly Fact[] {
    const event = { ...eventOf(happening), personId: this.personId, candidateId: happening.about ?? null };
    return this.keep(detect(this.state, event, { playbook: this.playbook, timeMs: this.timeMs, traceparent: null }));
  }

  reaches(timeMs: number): readonly Fact[] {
    this.timeMs = Math.max(this.timeMs, timeMs);
    const due = this.state === undefined ? undefined : detectDueAtMs(this.state);
    if (this.state === undefined || due === undefined || due > this.timeMs) return [];
    return this.keep(detectTime(this.state, this.personId, { playbook: this.playbook, timeMs: this.timeMs }));
  }

  hears(candidateId: string, fate: string, more: Partial<Feedback> = {}): readonly Fact[] {
    const isReported = ['accepted', 'failed', 'unknown', 'expired'].includes(fate);
    const feedback: Feedback = {
      personId: this.personId,
      kind: isReported ? 'reported' : 'decided',
      candidateId,
      firingId: '',
      triggerId: 'it',
      messageId: '',
      channel: 'email',
      fate,
      code: null,
      purpose: 'marketing',
      atMs: Math.max(this.timeMs, T0),
      ...more,
    };
    return this.keep(detectFeedback(this.state, feedback, { playbook: this.playbook, timeMs: this.timeMs }));
  }

  get proposals(): readonly Proposal[] {
    return this.facts.flatMap((fact) => (fact.kind === 'proposed' ? [fact.proposal] : []));
  }

  get sent(): readonly string[] {
    return this.proposals.map(({ messageId }) => messageId);
  }

  /** The candidate of the last proposal of a message. */
  candidate(message: string): string {
    return this.proposals.findLast(({ messageId }) => messageId === message)?.candidateId ?? '';
  }

  get withdrawals(): readonly Withdrawal[] {
    return this.facts.flatMap((fact) => (fact.kind === 'withdrawn' ? [fact.withdrawal] : []));
  }

  get sets(): readonly SetOfPerson[] {
    return this.facts.flatMap((fact) => (fact.kind === 'set' ? [fact.set] : []));
  }

  get journeyFacts(): readonly Detected[] {
    return this.facts.flatMap((fact) => (fact.kind === 'detected' && fact.detected.journey ? [fact.detected] : []));
  }

  /** What journeys did, in words: `started`, `send steps[0]`, `waitFor steps[1] otherwise`, `exited GOAL_REACHED`. */
  get story(): readonly string[] {
    return this.journeyFacts.map(({ outcome, code, journey }) => {
      const what =
        outcome === 'journeyStepTaken' ? `${journey?.does} ${journey?.step}` : outcome.slice('journey'.length);
      return [what, journey?.way, code].filter((part) => part != null).join(' ');
    });
  }

  keep(result: { state: DetectState | undefined; facts: readonly Fact[] }): readonly Fact[] {
    this.state = result.state === undefined ? undefined : (JSON.parse(JSON.stringify(result.state)) as DetectState);
    this.facts.push(...result.facts);
    return result.facts;
  }
}

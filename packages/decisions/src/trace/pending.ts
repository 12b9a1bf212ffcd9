import { compareText } from '../compare-text.ts';
import type { CompiledPlaybook, CompiledStep } from '../compile-types.ts';
import { isRunning, type JourneyInstance } from '../journeys/instance.ts';
import { journeysOf } from '../journeys/journey-states.ts';
import { datesOf } from '../triggers/date/waiting-dates.ts';
import type { DetectState } from '../triggers/detect-state.ts';
import { EMPTY_TRIGGER, type TriggerState } from '../triggers/state.ts';
import { TriggerStates } from '../triggers/trigger-states.ts';
import { normOf } from '../triggers/unusual/norm.ts';
import { countsBefore, nextPending, type Rhythm, type RhythmOwn, rhythmOwnOf } from '../triggers/unusual/rhythm.ts';
import type { Pending } from './types.ts';
import { lengthOf } from './words.ts';

/** All that waits for time, the next first, ties by id and key. */
export function pendingOf(state: DetectState | undefined, playbook: CompiledPlaybook | undefined): readonly Pending[] {
  if (state === undefined) return [];
  const known = TriggerStates.of(state.triggers);
  const triggers = known
    .ids()
    .flatMap((id) =>
      waitsOf(known.get(id) ?? EMPTY_TRIGGER).map(
        (waits): Pending => ({ kind: 'trigger', id, ...waits, what: noted(waits.what, id, playbook) }),
      ),
    );
  const journeys = (journeysOf(state.journeys) ?? []).flatMap((instance) => journeyWaits(instance, playbook));
  return [...triggers, ...journeys].sort(
    (a, b) => ringsAtMs(a) - ringsAtMs(b) || compareText(a.id, b.id) || compareText(a.key, b.key),
  );
}

/** When something comes of it: due time and grace. */
export const ringsAtMs = ({ dueAtMs, graceMs }: Pending): number => dueAtMs + graceMs;

function noted(what: string, id: string, playbook: CompiledPlaybook | undefined): string {
  if (playbook === undefined || playbook.triggers.has(id)) return what;
  return `${what} (the trigger is ${playbook.pausedTriggers.has(id) ? 'paused' : 'gone'}: nothing will come of it)`;
}

type Waits = Omit<Pending, 'kind' | 'id'>;

/** By the shape of what is remembered, as the detector does it: the trigger may have changed its type meanwhile. */
function waitsOf({ open, idle, ...rest }: TriggerState): readonly Waits[] {
  const absences = open.map(({ key, dueAtMs, graceMs, arms, count, said }): Waits => {
    const times = count === 1 ? '' : ` (${count} times)`;
    return { key, dueAtMs, graceMs, sinceMs: arms[0]?.atMs ?? dueAtMs, what: `after ${said.event}${times}` };
  });
  const dates = datesOf({ open, idle, ...rest }).flatMap(({ key, dueAtMs, date, atMs, zone }): Waits[] =>
    dueAtMs === null ? [] : [{ key, dueAtMs, graceMs: 0, sinceMs: atMs, what: `for ${date} in ${zone}` }],
  );
  const own = rhythmOwnOf({ open, idle, ...rest });
  const ends = own === null ? [] : own.rhythms.flatMap((rhythm) => endOfPeriod(own, rhythm));
  if (idle === null) return [...absences, ...dates, ...ends];
  const { last, forMs, said } = idle;
  const what = `for ${lengthOf(forMs)} without activity, the last was ${said.event}`;
  // The clock rings earlier where activity came since it was set; it is then set anew.
  return [
    ...absences,
    { key: '', dueAtMs: last.atMs + forMs, graceMs: 0, sinceMs: last.atMs, what },
    ...dates,
    ...ends,
  ];
}

/** The period that is judged next: what was counted in it, and what is usual. */
function endOfPeriod(own: RhythmOwn, rhythm: Rhythm): readonly Waits[] {
  const next = nextPending(own, rhythm, 0);
  if (next === null) return [];
  const { key, periods, toMs } = rhythm;
  const period = periods[next.place];
  const norm = normOf(countsBefore(periods, next.place));
  const usual = norm === null ? '' : `, usual is ${norm.median}`;
  const what = `for the end of the period: ${period?.count ?? 0} so far${usual}`;
  return [{ key, dueAtMs: next.endMs, graceMs: 0, sinceMs: period?.fromMs ?? toMs, what }];
}

function journeyWaits(instance: JourneyInstance, playbook: CompiledPlaybook | undefined): readonly Pending[] {
  const { journeyId: id, key, dueAtMs, sinceMs } = instance;
  if (dueAtMs === null || !isRunning(instance)) return [];
  const step = playbook?.journeys.find(instance)?.program[instance.at];
  return [
    { kind: 'journey', id, key, dueAtMs, graceMs: 0, sinceMs, what: step === undefined ? 'rests' : restsAt(step) },
  ];
}

function restsAt(step: CompiledStep): string {
  if (step.does !== 'waitFor') return `at ${step.path}: ${step.does}`;
  const awaited = step.anyOf.map((one) => (one.kind === 'event' ? one.match.name : `${one.message} ${one.outcome}`));
  return `at ${step.path}: waits for ${awaited.join(' or ')}`;
}

import { Findings, type Promised } from './findings.ts';

/** What the timers of a trigger of type absence are told apart by. */
export interface TimerRule {
  readonly triggerId: string;
  readonly withinMs: number;
  readonly graceMs: number;
}

/** One partition's story as it stands on `events.enriched`, repeats taken out; offsets rise. */
export type StoryEntry =
  | {
      readonly kind: 'arm' | 'cancel';
      readonly offset: number;
      readonly person: string;
      readonly instance: string;
      readonly messageId: string;
      readonly atMs: number;
      /** LogAppendTime at the source. */
      readonly loggedAtMs: number;
    }
  | { readonly kind: 'other'; readonly offset: number; readonly person: string; readonly loggedAtMs: number }
  /** The person waits for the story of an old one that turned out to be the same, or (false) no longer does. */
  | { readonly kind: 'waits'; readonly offset: number; readonly person: string; readonly isWaiting: boolean }
  | { readonly kind: 'time'; readonly offset: number; readonly timeMs: number };

/** One firing as it stands on `triggers.detected`. */
export interface Firing {
  readonly person: string;
  /** messageId of the event that armed it. */
  readonly armedBy: string;
  /** Offset of the record on `events.enriched` at which it fired. */
  readonly atOffset: number;
}

interface Instance {
  readonly person: string;
  armedBy: string;
  firstArmMs: number;
  lastArmMs: number;
}

/** Whoever happened first has armed it, whatever the order on the log; of two at the same moment the smaller id. */
function armAgain(instance: Instance, messageId: string, atMs: number): void {
  const isFirst = atMs < instance.firstArmMs || (atMs === instance.firstArmMs && messageId < instance.armedBy);
  if (isFirst) {
    instance.armedBy = messageId;
    instance.firstArmMs = atMs;
  }
  instance.lastArmMs = Math.max(instance.lastArmMs, atMs);
}

/**
 * A model of timers that is written anew here, not taken from the house: an instance fires at the first time record that
 * has passed its due time and grace, unless something cancelled it before; nothing else fires it. What happened before the
 * due time of a firing and comes only after it belongs to that firing, and waits for nothing of its own. Who waits for an
 * old person's story has no timers meanwhile. And time never overtakes an event: what was logged before a time record
 * stands before it.
 */
export class TimerCheck {
  readonly #rule: TimerRule;
  readonly #findings: Findings;
  #expected = 0;
  #latestMs = 0;

  constructor(rule: TimerRule) {
    this.#rule = rule;
    this.#findings = new Findings(`timers of ${rule.triggerId}`);
  }

  /** One partition: its story, and every firing of the rule in it that this model knows the persons of. */
  partition(name: string, story: readonly StoryEntry[], firings: readonly Firing[]): void {
    const due = this.#replay(name, story);
    const left = new Map(due.map((one) => [one.armedBy, one]));
    const met = new Set<string>();
    for (const firing of firings) {
      const expected = left.get(firing.armedBy);
      const text = `${name}@${firing.atOffset}: ${firing.person} armed by ${firing.armedBy}`;
      if (met.has(firing.armedBy)) {
        this.#findings.add('doubled', `${text} fired twice`);
        continue;
      }
      met.add(firing.armedBy);
      if (expected === undefined)
        this.#findings.add(
          'early',
          `${text} fired, and was cancelled in time, came too late for what fired, or is not due yet`,
        );
      else if (firing.atOffset < expected.atOffset)
        this.#findings.add('early', `${text} fired before offset ${expected.atOffset}, where its time came`);
      else if (firing.atOffset > expected.atOffset)
        this.#findings.add('missed', `${text} fired late; its time came at offset ${expected.atOffset}`);
    }
    for (const { armedBy, person, atOffset } of due) {
      if (met.has(armedBy)) continue;
      this.#findings.add(
        'missed',
        `${name}: ${person} armed by ${armedBy} was due at offset ${atOffset} and never fired`,
      );
    }
    this.#expected += due.length;
  }

  #replay(name: string, story: readonly StoryEntry[]) {
    const { withinMs, graceMs } = this.#rule;
    const open = new Map<string, Instance>();
    const cancelled = new Map<string, number>();
    const lastFiredDueMs = new Map<string, number>();
    const due: { armedBy: string; person: string; atOffset: number }[] = [];
    const waiting = new Set<string>();
    let timeMs = -1;
    for (const entry of story) {
      if (entry.kind === 'waits') {
        if (entry.isWaiting) waiting.add(entry.person);
        else waiting.delete(entry.person);
        continue;
      }
      if (entry.kind === 'time') {
        timeMs = entry.timeMs;
        for (const [key, { person, armedBy, lastArmMs }] of open) {
          if (lastArmMs + withinMs + graceMs > timeMs || waiting.has(person)) continue;
          due.push({ armedBy, person, atOffset: entry.offset });
          lastFiredDueMs.set(key, lastArmMs + withinMs);
          this.#latestMs = Math.max(this.#latestMs, timeMs - lastArmMs - withinMs - graceMs);
          open.delete(key);
        }
        continue;
      }
      if (entry.loggedAtMs < timeMs) {
        const behindMs = timeMs - entry.loggedAtMs;
        this.#findings.add(
          'early',
          `${name}@${entry.offset}: time had passed ${entry.person}'s event by ${behindMs} ms`,
        );
      }
      if (entry.kind === 'other') continue;
      const key = `${entry.person} ${entry.instance}`;
      if (entry.kind === 'cancel') {
        cancelled.set(key, Math.max(cancelled.get(key) ?? -1, entry.atMs));
        const instance = open.get(key);
        if (instance !== undefined && entry.atMs >= instance.lastArmMs) open.delete(key);
        continue;
      }
      if ((cancelled.get(key) ?? -1) >= entry.atMs || (lastFiredDueMs.get(key) ?? -1) > entry.atMs) continue;
      const instance = open.get(key);
      if (instance !== undefined) armAgain(instance, entry.messageId, entry.atMs);
      else
        open.set(key, {
          person: entry.person,
          armedBy: entry.messageId,
          firstArmMs: entry.atMs,
          lastArmMs: entry.atMs,
        });
    }
    return due;
  }

  result(promise: string): Promised {
    return {
      promise,
      findings: this.#findings.all,
      figures: { timers: this.#expected, 'latest ms': this.#latestMs },
    };
  }
}

import type { Answer, Facts, LedgerEntry, ReadyMessage, Settled, Settlement } from '../ports.ts';
import { UnsendableError } from '../ports.ts';
import { faultOf, type LaneOptions, mayHaveArrived, nameOf } from './lane-options.ts';
import { Gatherer } from './patience.ts';

/** How long after its end a call is still listened to. */
const DEAF_MS = 500;
/** A message whose playbook has not come is looked at again after it. */
const PLAYBOOK_WAIT_MS = 2_000;
const NO_FACTS: Facts = { withdrawnCode: null, suppression: null };

/** What holds while the author's wish cannot be read: no second mail or text, come what may. */
const isOnceByDefault = (name: string): boolean => name === 'email' || name === 'sms';

/** An entry with what is needed to send it, or with why it can't be made. */
interface Prepared {
  readonly entry: LedgerEntry;
  readonly ready: ReadyMessage | undefined;
  readonly fault: UnsendableError | undefined;
  readonly deliver: 'atMostOnce' | 'atLeastOnce';
}

/** One channel's worker: entries from the ledger, late checks, the call, the end. Lanes share nothing, so a slow provider delays nobody else. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #queue: LedgerEntry[] = [];
  /** Everything that this lane holds, so that nothing is worked on twice. */
  readonly #held = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #settler: Gatherer<Settled, { readonly mine: boolean; readonly withdrawnCode: string | null }>;
  /** Calls under way, so that a stop can interrupt them. */
  readonly #calls = new Set<AbortController>();
  #inFlight = 0;
  #mayHoldMore = true;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#settler = new Gatherer(async (settled) => await this.#settle(settled));
  }

  get name(): string {
    return this.#options.channel.spec.name;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many entries may be offered now. */
  get room(): number {
    return Math.max(0, (this.#options.queueMax ?? 500) - this.#queue.length);
  }

  /** Entries of the ledger that are this worker's already. */
  offer(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      if (this.#held.has(entry.message.candidateId)) continue;
      this.#held.add(entry.message.candidateId);
      this.#queue.push(entry);
    }
    this.#wake();
  }

  /** There is something in the ledger that nobody has. */
  wake(): void {
    this.#mayHoldMore = true;
    this.#wake();
  }

  start(): void {
    this.#running = true;
    this.#loop = this.#run().catch((error: unknown) => this.#options.failed(error));
  }

  /** Takes nothing new, waits for the calls under way; what takes longer is interrupted. */
  async stop(graceMs = 10_000): Promise<void> {
    this.#running = false;
    this.#wake();
    const cut = setTimeout(() => this.#interrupt(), graceMs);
    await this.#loop;
    await Promise.all(this.#underWay);
    await this.#settler.idle();
    clearTimeout(cut);
  }

  #interrupt(): void {
    for (const call of this.#calls) call.abort();
  }

  async #run(): Promise<void> {
    const { channel, ledger, patiently, pollMs = 1_000 } = this.#options;
    let lastPollMs = 0;
    while (this.#running) {
      const free = channel.spec.concurrency - this.#inFlight;
      const isPollDue = performance.now() - lastPollMs >= pollMs;
      if (free > 0 && this.#queue.length < free && (this.#mayHoldMore || isPollDue)) {
        lastPollMs = performance.now();
        this.#mayHoldMore = false;
        const limit = free - this.#queue.length;
        const taken = await patiently(async () => await ledger.take(channel.spec.name, limit, [...this.#held]));
        if (taken.length === limit) this.#mayHoldMore = true;
        this.offer(taken);
      }
      const batch = this.#queue.splice(0, Math.max(0, channel.spec.concurrency - this.#inFlight));
      if (batch.length > 0) this.#begin(batch);
      else await this.#rest(pollMs);
    }
  }

  async #rest(pollMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => {};
  }

  #begin(batch: readonly LedgerEntry[]): void {
    this.#inFlight += batch.length;
    const work = this.#process(batch)
      .catch((error: unknown) => this.#options.failed(error))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #process(batch: readonly LedgerEntry[]): Promise<void> {
    const prepared = await Promise.all(batch.map(async (entry) => await this.#prepare(entry)));
    const toSend = await this.#checkLate(prepared);
    await Promise.all(toSend.map(async (one) => await this.#call(one)));
  }

  #done(entry: LedgerEntry): void {
    this.#held.delete(entry.message.candidateId);
    this.#free();
  }

  /** The provider can take another one. */
  #free(): void {
    this.#inFlight -= 1;
    this.#wake();
  }

  async #prepare(entry: LedgerEntry): Promise<Prepared> {
    const { channel, playbooks, decisions, nowMs, viewOf } = this.#options;
    const byChannel = isOnceByDefault(channel.spec.name) ? 'atMostOnce' : 'atLeastOnce';
    const nothing = { entry, ready: undefined, fault: undefined, deliver: entry.deliver ?? byChannel } as const;
    if (decisions.decide(entry, NO_FACTS, nowMs()).do === 'settle') return nothing;
    const chosen = await playbooks.contentOf(entry.message);
    // Its playbook has not come yet; the late checks see to it that it does not wait past its expiry.
    if (chosen === undefined) return nothing;
    const { content, company } = chosen;
    try {
      if (content === undefined)
        throw new UnsendableError('MESSAGE_MISSING', 'no such message, or not for this channel');
      const ready = channel.prepare({ message: entry.message, content, view: viewOf(entry, company) });
      return { entry, ready, fault: undefined, deliver: entry.deliver ?? content.deliver };
    } catch (error) {
      // One message that cannot be made must not stop the others.
      const fault = error instanceof UnsendableError ? error : new UnsendableError('TEMPLATE_ERROR', nameOf(error));
      return { ...nothing, fault };
    }
  }

  /** The last look before the call: what is withdrawn, expired or unsubscribed ends here. Answers what is marked as `calling`. */
  async #checkLate(prepared: readonly Prepared[]): Promise<readonly Prepared[]> {
    const { ledger, decisions, nowMs, patiently } = this.#options;
    const ids = prepared.map(({ entry }) => entry.message.candidateId);
    const facts = await patiently(async () => await ledger.factsOf(ids));
    const verdicts = await Promise.all(
      prepared.map(async (one) => {
        const known = facts.get(one.entry.message.candidateId);
        // Somebody else's meanwhile: they end it.
        if (known === undefined) return this.#done(one.entry);
        const verdict = decisions.decide(one.entry, known, nowMs());
        if (verdict.do === 'settle') return await this.#endUncalled(one.entry, verdict.settlement);
        if (one.fault !== undefined) return await this.#endUncalled(one.entry, faultOf(one.entry, one.fault));
        if (one.ready === undefined) return await this.#giveBack(one.entry, nowMs() + PLAYBOOK_WAIT_MS);
        return one;
      }),
    );
    const toCall = verdicts.filter((one) => one !== undefined);
    if (toCall.length === 0) return [];
    const calls = toCall.map(({ entry, deliver }) => ({
      candidateId: entry.message.candidateId,
      attempt: entry.attempt + 1,
      deliver,
    }));
    const begun = await patiently(async () => await ledger.begin(calls));
    const missed = toCall.filter(({ entry }) => !begun.has(entry.message.candidateId));
    // Withdrawn, or taken by another, in this very moment.
    await Promise.all(missed.map(async ({ entry }) => await this.#giveBack(entry, 0)));
    return toCall.filter(({ entry }) => begun.has(entry.message.candidateId));
  }

  async #giveBack(entry: LedgerEntry, dueAtMs: number): Promise<void> {
    const { ledger, patiently } = this.#options;
    const { message, attempt } = entry;
    const again = { dueAtMs, attempt, unclear: mayHaveArrived(entry) };
    await patiently(async () => await ledger.postpone(message.candidateId, again));
    if (dueAtMs === 0) this.#mayHoldMore = true;
    this.#done(entry);
  }

  async #call({ entry: before, ready, deliver }: Prepared): Promise<void> {
    const { channel, ledger, decisions, nowMs, patiently, traced, answered } = this.#options;
    const unclear = mayHaveArrived(before);
    const entry: LedgerEntry = { ...before, state: 'calling', attempt: before.attempt + 1, deliver, unclear };
    const answer = await traced(entry, async () => await this.#answer(ready));
    answered?.(entry, answer);
    const conclusion = decisions.conclude(entry, answer, { nowMs: nowMs(), retry: channel.spec.retry });
    // What follows is between us and the ledger: the next message need not wait for it. Its own `begin` does, so that
    // nothing runs away from a ledger that does not answer.
    this.#free();
    if (conclusion.do === 'settle') return await this.#end(entry, conclusion.settlement);
    const { dueAtMs, attempt } = conclusion;
    const again = { dueAtMs, attempt, unclear: conclusion.unclear };
    await patiently(async () => await ledger.postpone(entry.message.candidateId, again));
    this.#held.delete(entry.message.candidateId);
    // A short pause is kept to the point; a long one is found by the next look.
    const pauseMs = dueAtMs - nowMs();
    if (pauseMs < (this.#options.pollMs ?? 1_000)) setTimeout(() => this.wake(), Math.max(1, pauseMs + 1)).unref();
  }

  async #answer(ready: ReadyMessage | undefined): Promise<Answer> {
    if (ready === undefined) return { kind: 'unclear', detail: 'nothing to send' };
    const call = new AbortController();
    const timer = setTimeout(() => call.abort(), this.#options.channel.spec.timeoutMs);
    this.#calls.add(call);
    // A channel ends when it is told to; one that does not must not hold the lane for ever.
    const deaf = new Promise<Answer>((resolve) => {
      call.signal.addEventListener('abort', () => {
        setTimeout(() => resolve({ kind: 'unclear', detail: 'no answer' }), DEAF_MS).unref();
      });
    });
    try {
      return await Promise.race([ready.send(call.signal), deaf]);
    } catch (error) {
      return { kind: 'unclear', detail: nameOf(error) };
    } finally {
      clearTimeout(timer);
      this.#calls.delete(call);
    }
  }

  async #endUncalled(entry: LedgerEntry, settlement: Settlement): Promise<void> {
    await this.#end(entry, settlement);
    this.#free();
  }

  async #end(entry: LedgerEntry, settlement: Settlement): Promise<void> {
    const { decisions, nowMs, channel, settled } = this.#options;
    const report = decisions.reportOf(entry.message, settlement, nowMs());
    const { candidateId, personId } = entry.message;
    const { mine, withdrawnCode } = await this.#settler.add({ candidateId, settlement, report });
    this.#held.delete(candidateId);
    if (!mine) return;
    settled(report, entry.traceparent);
    // Taken back while it was being handed over: an inbox can still be cleared.
    if (settlement.state === 'sent' && withdrawnCode !== null) {
      const withdrawal = { candidateId, personId, code: withdrawnCode, causeMessageId: null, atMs: nowMs() };
      await channel.withdraw?.(withdrawal).catch((error: unknown) => this.#options.takeBackFailed?.(error));
    }
  }

  async #settle(all: readonly Settled[]) {
    const { ledger, patiently } = this.#options;
    const ended = await patiently(async () => await ledger.settle(all));
    return all.map(({ candidateId }) => ({
      mine: ended.has(candidateId),
      withdrawnCode: ended.get(candidateId) ?? null,
    }));
  }
}

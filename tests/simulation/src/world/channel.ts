import { decide, reportOf } from '@kairos/channel-dispatchers/core';
import type { ChosenRecord, MessageReported } from '@kairos/contracts';
import { decoded, serde } from '../house/serde.ts';
import type { Random } from '../random.ts';
import type { Cluster, Log } from './cluster.ts';

/**
 * Stands in for channel-dispatchers, and judges by its core: a ledger that hands each candidate over once if there is still
 * time, and reports that come twice after a crash, under the same id and without an origin.
 */
export class Channel {
  readonly #random: Random;
  readonly #cluster: Cluster;
  readonly #next = new Map<Log, number>();
  readonly #ledger = new Set<string>();

  constructor(random: Random, cluster: Cluster) {
    this.#random = random;
    this.#cluster = cluster;
  }

  get isBehind(): boolean {
    return this.#cluster.logs('messages.chosen').some((log) => (this.#next.get(log) ?? 0) < log.end);
  }

  step(nowMs: number): void {
    const behind = this.#cluster.logs('messages.chosen').filter((log) => (this.#next.get(log) ?? 0) < log.end);
    const log = this.#random.pick(behind);
    if (log === undefined) return;
    const from = this.#next.get(log) ?? 0;
    for (const record of this.#cluster.read(log, from, this.#random.int(1, 3))) {
      this.#next.set(log, record.offset + 1);
      if (record.value === null) continue;
      const report = this.#report(decoded(log.topic, record.value) as ChosenRecord, nowMs);
      if (report !== undefined) this.#write(report, log.partition);
    }
  }

  #report({ message, withdrawal }: ChosenRecord, nowMs: number): MessageReported | undefined {
    const candidateId = message?.candidateId ?? withdrawal?.candidateId ?? '';
    if (message === null || this.#ledger.has(candidateId)) return undefined;
    this.#ledger.add(candidateId);
    const entry = { message, state: 'claimed', attempt: 0, deliver: null, unclear: false, traceparent: null } as const;
    const verdict = decide(entry, { withdrawnCode: null, suppression: null }, nowMs);
    if (verdict.do === 'settle') return reportOf(message, verdict.settlement, nowMs);
    const called = { attempt: 1, providerId: null, code: null };
    const isTaken = this.#random.chance(0.8);
    const settlement = isTaken
      ? ({ ...called, state: 'sent', outcome: 'accepted' } as const)
      : ({ ...called, state: 'failed', outcome: 'failed' } as const);
    return reportOf(message, settlement, nowMs);
  }

  #write(report: MessageReported, partition: number): void {
    const log = this.#cluster.log('messages.reported', partition);
    const record = {
      topic: log.topic,
      key: report.personId,
      value: serde.encode('messages.reported', report),
    };
    this.#cluster.append(log, this.#random.chance(0.15) ? [record, record] : [record]);
  }
}

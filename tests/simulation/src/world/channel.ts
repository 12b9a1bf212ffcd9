import type { ChosenRecord, MessageReported } from '@kairos/contracts';
import { decoded, serde } from '../house/serde.ts';
import type { Random } from '../random.ts';
import type { Cluster, Log } from './cluster.ts';

/**
 * Stands in for channel-dispatchers: a ledger that hands each candidate over once, and reports that come twice after a
 * crash, under the same id and without an origin.
 */
export class Channel {
  readonly #random: Random;
  readonly #cluster: Cluster;
  readonly #next = new Map<Log, number>();
  readonly #ledger = new Set<string>();
  readonly reportIds = new Set<string>();

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
    const { personId, firingId, triggerId, messageId, channel, purpose, causedAtMs, chosenAtMs } = message;
    const outcome = this.#random.chance(0.8) ? 'accepted' : 'failed';
    return {
      reportId: `${candidateId}:${outcome}`,
      candidateId,
      ...{ personId, firingId, triggerId, messageId, channel, purpose, outcome },
      code: null,
      attempt: 1,
      providerId: null,
      reportedAtMs: nowMs,
      causedAtMs,
      chosenAtMs,
    };
  }

  #write(report: MessageReported, partition: number): void {
    this.reportIds.add(report.reportId);
    const log = this.#cluster.log('messages.reported', partition);
    const record = {
      topic: log.topic,
      key: report.personId,
      value: serde.encode('messages.reported', report),
    };
    this.#cluster.append(log, this.#random.chance(0.15) ? [record, record] : [record]);
  }
}

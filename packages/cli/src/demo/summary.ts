import type { RunFacts } from './facts.ts';

/** What `kairos demo --once --json` prints. */
export interface DemoSummary {
  readonly customers: number;
  readonly events: number;
  readonly fired: number;
  readonly chosen: number;
  readonly deferred: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly accepted: number;
  /** Firings without a decision, decisions without a reason, chosen messages without a report. */
  readonly unexplained: number;
  /** Accepted events that never reached a person's log. */
  readonly lost: number;
  /** From the cause (event received, or timer due) to the hand-over. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;

export function summarise(
  facts: RunFacts,
  sent: { readonly customers: number; readonly messageIds: readonly string[] },
): DemoSummary {
  const final = [...facts.finalDecisions.values()];
  const count = (fate: string): Record<string, number> => {
    const codes: Record<string, number> = {};
    for (const decision of final) {
      if (decision.fate === fate) codes[decision.code ?? 'NO_CODE'] = (codes[decision.code ?? 'NO_CODE'] ?? 0) + 1;
    }
    return codes;
  };
  const accepted = [...facts.reports.values()].filter((report) => report.outcome === 'accepted');
  const tookMs = accepted.map((report) => report.reportedAtMs - report.causedAtMs).sort((a, b) => a - b);
  return {
    customers: sent.customers,
    events: sent.messageIds.length,
    fired: facts.fired.length,
    chosen: final.filter((decision) => decision.fate === 'chosen').length,
    deferred: count('deferred'),
    dropped: count('dropped'),
    accepted: accepted.length,
    unexplained: unexplainedIn(facts),
    lost: sent.messageIds.filter((messageId) => !facts.identified.has(messageId)).length,
    p50Ms: quantile(tookMs, 0.5),
    p99Ms: quantile(tookMs, 0.99),
  };
}

function unexplainedIn(facts: RunFacts): number {
  const decided = new Set([...facts.finalDecisions.values()].map((decision) => decision.firingId));
  const undecided = facts.fired.filter((firing) => !decided.has(firing.firingId)).length;
  const silent = [...facts.finalDecisions.values()].filter((decision) =>
    decision.fate === 'chosen' ? !facts.reports.has(decision.candidateId) : decision.code === null,
  ).length;
  return undecided + silent;
}

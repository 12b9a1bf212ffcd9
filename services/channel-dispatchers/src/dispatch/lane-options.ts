import type { MessageReported } from '@kairos/contracts';
import type { CompanyDefinition } from '@kairos/decisions';
import type { Conclusion, Verdict } from '../core.ts';
import type {
  Answer,
  ChannelAdapter,
  Facts,
  Ledger,
  LedgerEntry,
  Playbooks,
  RetryPolicy,
  Settlement,
  TemplateView,
  UnsendableError,
} from '../ports.ts';
import type { Patiently } from './patience.ts';

/** What the core decides, handed in by wiring. */
export interface Decisions {
  decide(entry: LedgerEntry, facts: Facts, nowMs: number): Verdict;
  conclude(
    entry: LedgerEntry,
    answer: Answer,
    about: { readonly nowMs: number; readonly retry: RetryPolicy },
  ): Conclusion;
  reportOf(message: LedgerEntry['message'], settlement: Settlement, reportedAtMs: number): MessageReported;
}

export interface LaneOptions {
  readonly channel: ChannelAdapter;
  readonly ledger: Ledger;
  readonly playbooks: Playbooks;
  readonly decisions: Decisions;
  readonly patiently: Patiently;
  viewOf(entry: LedgerEntry, company: CompanyDefinition | undefined): TemplateView;
  nowMs(): number;
  /** Runs one call inside of its span. */
  traced(entry: LedgerEntry, call: () => Promise<Answer>): Promise<Answer>;
  settled(report: MessageReported, traceparent: string | null): void;
  /** Something that must not happen did: the process ends itself. */
  failed(error: unknown): void;
  answered?(entry: LedgerEntry, answer: Answer): void;
  takeBackFailed?(error: unknown): void;
  /** How often due retries and leftovers are looked for. */
  readonly pollMs?: number;
  /** Entries that wait in memory; the rest waits in the ledger. */
  readonly queueMax?: number;
}

/** A call that was interrupted, or whose answer was lost, may have done its work. */
export const mayHaveArrived = ({ state, unclear }: LedgerEntry): boolean => unclear || state === 'calling';

export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** The end of a message that cannot be made. */
export const faultOf = (entry: LedgerEntry, { code }: UnsendableError): Settlement => {
  const { attempt } = entry;
  if (mayHaveArrived(entry))
    return { state: 'unknown', outcome: 'unknown', code: 'HAND_OVER_UNKNOWN', attempt, providerId: null };
  return { state: 'failed', outcome: 'failed', code, attempt, providerId: null };
};

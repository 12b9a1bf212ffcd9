import { Findings, type Promised } from './findings.ts';

/** What was sent, and what the sender was told. */
export interface SentEvents {
  /** Message ids that were acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** Message ids whose fate the sender was not told: they may be there or not. */
  readonly unknown: ReadonlySet<string>;
}

/** Acknowledged means on the log; and nothing is there that nobody sent. */
export function checkIntake(
  promise: string,
  sent: SentEvents,
  found: ReadonlyMap<string, readonly string[]>,
): Promised {
  const findings = new Findings(promise);
  for (const messageId of sent.acknowledged) {
    if (!found.has(messageId)) findings.add('lost', `${messageId} was acknowledged and is not on the log`);
  }
  let repeated = 0;
  let maybe = 0;
  for (const [messageId, places] of found) {
    if (sent.unknown.has(messageId)) maybe += 1;
    else if (!sent.acknowledged.has(messageId))
      findings.add('phantom', `${messageId} at ${places.join(', ')} was never sent`);
    repeated += places.length - 1;
  }
  return {
    promise,
    findings: findings.all,
    figures: {
      acknowledged: sent.acknowledged.size,
      'of unknown fate': sent.unknown.size,
      'of these there': maybe,
      repeated,
    },
  };
}

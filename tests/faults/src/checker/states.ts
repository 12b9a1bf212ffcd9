import { Findings, type Promised } from './findings.ts';

/** Encoded states of one task partition, as kept by the house and as the fold gives them. */
export interface StatesOfPartition {
  readonly partition: number;
  readonly kept: ReadonlyMap<string, Uint8Array>;
  readonly folded: ReadonlyMap<string, Uint8Array>;
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Where two texts part, for the reader of a finding. */
function difference(kept: Uint8Array, folded: Uint8Array): string {
  let at = 0;
  while (at < kept.length && at < folded.length && kept[at] === folded[at]) at += 1;
  const around = (bytes: Uint8Array): string =>
    Buffer.from(bytes.subarray(Math.max(0, at - 30), at + 50))
      .toString('utf8')
      .replaceAll(/[^ -~]/g, '.');
  return `at byte ${at}: kept …${around(kept)}… folded …${around(folded)}…`;
}

/** State kept by a task equals the fold of its input, byte for byte. */
export function checkStates(promise: string, partitions: readonly StatesOfPartition[]): Promised {
  const findings = new Findings(promise);
  let compared = 0;
  for (const { partition, kept, folded } of partitions) {
    for (const [key, bytes] of folded) {
      const mine = kept.get(key);
      compared += 1;
      if (mine === undefined) findings.add('state', `partition ${partition}: ${key} is missing`);
      else if (!isEqual(mine, bytes))
        findings.add('state', `partition ${partition}: ${key} ${difference(mine, bytes)}`);
    }
    for (const key of kept.keys()) {
      if (!folded.has(key)) findings.add('state', `partition ${partition}: ${key} is kept, and the fold holds nothing`);
    }
  }
  return { promise, findings: findings.all, figures: { persons: compared } };
}

import { sha1 } from '@noble/hashes/legacy.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * A draw that sticks: where a person stands between 0 (included) and 100 (excluded) in one experiment. It depends on
 * salt, experiment and person alone, so every stage and every replay draws the same, and experiments are independent.
 */
export function stickyPercent(salt: string, experimentId: string, personId: string): number {
  const name = [salt, experimentId, personId].map((part) => `${part.length}:${part}`).join(';');
  const hash = sha1(utf8ToBytes(name));
  // 48 bits are exact in a double.
  let drawn = 0;
  for (let at = 0; at < 6; at += 1) drawn = drawn * 256 + (hash[at] ?? 0);
  return (drawn / 2 ** 48) * 100;
}

export interface Holdout {
  readonly salt: string;
  /** `global`, or `trigger:<id>`. */
  readonly experimentId: string;
  readonly personId: string;
  /** 0 holds out nobody, 100 everybody. */
  readonly percent: number;
}

/** Whether the person belongs to the control group. A larger percent keeps everybody who was held out before. */
export const isHeldOut = ({ salt, experimentId, personId, percent }: Holdout): boolean =>
  stickyPercent(salt, experimentId, personId) < percent;

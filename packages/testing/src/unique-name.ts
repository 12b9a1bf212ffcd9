import { randomBytes } from 'node:crypto';

let count = 0;

/** A name that no other test, run or process uses: for topics, groups, tables and persons on a shared stack. */
export function uniqueName(prefix: string): string {
  count += 1;
  return `${prefix}-${process.pid.toString(36)}-${randomBytes(3).toString('hex')}-${count}`;
}

/** How two parts of a playbook can stand in each other's way, or one in its own. A closed list; `{name}` is filled in. */
export const conflictCodes = {
  SAME_START: {
    severity: 'warning',
    sentence: 'may reach the same person as {others} by {channels} at the same moment, {moment}: one is sent, or both',
    remedy: 'let their audiences exclude each other, make one journey of them, or take it that the priority decides',
  },
  NEVER_FIRES: {
    severity: 'error',
    sentence: 'never fires: {what} can’t be true together',
    remedy: 'take one of them out, or turn it round',
  },
  CAP_ZERO: {
    severity: 'error',
    sentence: 'a limit of {limit} lets nothing through',
    remedy: 'raise the limit, or pause the messages',
  },
  RULE_STOPS_JOURNEY: {
    severity: 'error',
    sentence: 'is never sent: “{rule}” allows {limit} in {window}, and this journey has then sent {sent}',
    remedy: 'wait longer before it, send less, or widen the rule',
  },
  RULE_DELAYS_JOURNEY: {
    severity: 'warning',
    sentence: 'always waits: “{rule}” allows {limit} in {window}, and this journey has then sent {sent}',
    remedy: 'wait longer before it, so that the steps behind it come when they should',
  },
  RULE_WITHOUT_EFFECT: {
    severity: 'warning',
    sentence: 'never has an effect: {why}',
    remedy: 'take it out, or correct it',
  },
  QUIET_ALWAYS: {
    severity: 'error',
    sentence: 'is never sent: it comes at {time}, in the quiet hours from {from} to {to}, and {end}',
    remedy: 'choose another time, or give it a longer expiresAfter',
  },
  QUIET_OUTLIVES: {
    severity: 'warning',
    sentence: 'expires after {life}, before the quiet hours end: what is proposed from {from} to {until} is never sent',
    remedy: 'give it an expiresAfter longer than {night}, or take it that nights are left out',
  },
  ENDLESS_LOOP: {
    severity: 'error',
    sentence: 'starts itself again and again without a wait: {loop}',
    remedy: 'put a wait into it, set reentry to never or to a time, or break the circle',
  },
  LOOP: {
    severity: 'warning',
    sentence: 'may start itself again: {loop}',
    remedy: 'set reentry: never if once is enough',
  },
} as const satisfies Record<string, ConflictCodeSpec>;

interface ConflictCodeSpec {
  /** An error is certain; a warning may happen, or happens and does no great harm. */
  readonly severity: 'error' | 'warning';
  readonly sentence: string;
  readonly remedy: string;
}

export type ConflictCode = keyof typeof conflictCodes;

/** What definitions of all kinds are made of. */

export type Channel = 'email' | 'sms' | 'webhook' | 'onsite' | 'task';
export type Purpose = 'marketing' | 'service';
export type Status = 'draft' | 'live' | 'paused';

export interface Common {
  readonly id: string;
  /** Hash of the content. */
  readonly version: string;
  readonly description: string;
  readonly owner: string;
  readonly status: Status;
}

/** An event by name, perhaps with a condition over `event`, `properties`, `profile`, `segments`. */
export interface EventMatch {
  readonly name: string;
  readonly where: string | null;
}

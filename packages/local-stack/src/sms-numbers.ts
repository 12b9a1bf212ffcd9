/** What the gateway does with a text. */
export const SMS_BEHAVIOURS = ['accept', 'refuse', 'busy', 'away', 'broken', 'hang', 'drop'] as const;
export type SmsBehaviour = (typeof SMS_BEHAVIOURS)[number];

/** An error as Twilio words it. */
export interface SmsFault {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

/** The numbers by which Twilio's own test accounts show refusals. */
const REFUSED: Readonly<Record<string, SmsFault>> = {
  '+15005550001': { status: 400, code: 21211, message: "The 'To' number is not a valid phone number." },
  '+15005550002': { status: 400, code: 21612, message: "The 'To' number cannot be reached from this sender." },
  '+15005550003': { status: 400, code: 21408, message: 'Permission to send to this region is not enabled.' },
  '+15005550004': { status: 400, code: 21610, message: 'Attempt to send to unsubscribed recipient.' },
  '+15005550009': { status: 400, code: 21614, message: "The 'To' number cannot receive texts." },
};

/** Numbers of ours in the same range, for what else can happen. */
const BEHAVES: Readonly<Record<string, SmsBehaviour>> = {
  '+15005550011': 'hang',
  '+15005550012': 'busy',
  '+15005550013': 'away',
  '+15005550014': 'broken',
  '+15005550015': 'drop',
};

/** Accepted, and then not delivered: the status and the error code of the callback. */
const UNDELIVERED: Readonly<Record<string, { readonly status: string; readonly errorCode: string }>> = {
  '+15005550016': { status: 'undelivered', errorCode: '30003' },
  '+15005550017': { status: 'failed', errorCode: '30007' },
};

export const refusalOfNumber = (to: string): SmsFault | undefined => REFUSED[to];
export const behaviourOfNumber = (to: string): SmsBehaviour | undefined => BEHAVES[to];
export const endOfNumber = (to: string): { readonly status: string; readonly errorCode: string | null } =>
  UNDELIVERED[to] ?? { status: 'delivered', errorCode: null };

/** Who may answer or record an error. */
export type ErrorEmitter =
  | 'collector'
  | 'stream-kit'
  | 'service-kit'
  | 'profile-enricher'
  | 'channel-dispatchers'
  | 'console'
  | 'cli'
  | 'playbook';

export interface ErrorInfo {
  readonly emitters: readonly ErrorEmitter[];
  readonly sentence: string;
  readonly canRetry: boolean;
  /** HTTP status where it is an HTTP answer. */
  readonly status?: number;
}

/** The closed list of errors that a client, an operator or a dead letter may show. */
export const errors = {
  MALFORMED_JSON: {
    emitters: ['collector', 'console'],
    sentence: 'The body is not valid JSON.',
    canRetry: false,
    status: 400,
  },
  FIELD_MISSING: {
    emitters: ['collector', 'console'],
    sentence: 'A required field is missing.',
    canRetry: false,
    status: 400,
  },
  FIELD_INVALID: {
    emitters: ['collector', 'console'],
    sentence: 'A field has a wrong type or value.',
    canRetry: false,
    status: 400,
  },
  ID_MISSING: {
    emitters: ['collector'],
    sentence: 'Neither userId nor anonymousId (nor an e-mail, phone or card trait) says who did it.',
    canRetry: false,
    status: 400,
  },
  PAYMENT_CARD_REFUSED: {
    emitters: ['collector'],
    sentence:
      'A field for the loyalty card holds what looks like the number of a payment card; such a number is never stored.',
    canRetry: false,
    status: 400,
  },
  TIMESTAMP_ABSURD: {
    emitters: ['collector'],
    sentence: 'A timestamp is not a date that can be.',
    canRetry: false,
    status: 400,
  },
  EVENT_TOO_LARGE: {
    emitters: ['collector'],
    sentence: 'One event is larger than allowed.',
    canRetry: false,
    status: 413,
  },
  REQUEST_TOO_LARGE: {
    emitters: ['collector', 'console'],
    sentence: 'The request is larger than allowed after inflation.',
    canRetry: false,
    status: 413,
  },
  ENCODING_UNSUPPORTED: {
    emitters: ['collector'],
    sentence: 'The content encoding is not gzip, deflate or identity.',
    canRetry: false,
    status: 415,
  },
  ENCODING_BROKEN: {
    emitters: ['collector'],
    sentence: 'The compressed body could not be inflated.',
    canRetry: false,
    status: 400,
  },
  WRITE_KEY_UNKNOWN: {
    emitters: ['collector'],
    sentence: 'The write key is missing or unknown.',
    canRetry: false,
    status: 401,
  },
  NOT_ALLOWED_FOR_KEY: {
    emitters: ['collector'],
    sentence: 'This kind of write key may not do that.',
    canRetry: false,
    status: 403,
  },
  TOO_MANY_REQUESTS: {
    emitters: ['collector', 'console'],
    sentence: 'Too many requests; wait as Retry-After says.',
    canRetry: true,
    status: 429,
  },
  BROKER_UNAVAILABLE: {
    emitters: ['collector'],
    sentence: 'The event could not be stored safely; send it again after Retry-After.',
    canRetry: true,
    status: 503,
  },
  SHUTTING_DOWN: {
    emitters: ['collector', 'service-kit'],
    sentence: 'This instance is stopping; send it again.',
    canRetry: true,
    status: 503,
  },
  TOKEN_INVALID: {
    emitters: ['channel-dispatchers', 'console'],
    sentence: 'The token is missing, altered or expired.',
    canRetry: false,
    status: 401,
  },
  LINK_INVALID: {
    emitters: ['channel-dispatchers'],
    sentence: 'The link was altered or is not ours.',
    canRetry: false,
    status: 400,
  },
  LOGIN_FAILED: { emitters: ['console'], sentence: 'Name or password is wrong.', canRetry: false, status: 401 },
  NOT_LOGGED_IN: { emitters: ['console'], sentence: 'Log in first.', canRetry: false, status: 401 },
  NOT_FOUND: {
    emitters: ['collector', 'console', 'channel-dispatchers', 'service-kit'],
    sentence: 'There is nothing at this address.',
    canRetry: false,
    status: 404,
  },
  INTERNAL: {
    emitters: ['service-kit'],
    sentence: 'Something went wrong on our side; the log has the details.',
    canRetry: true,
    status: 500,
  },
  CONFIG_INVALID: {
    emitters: ['service-kit'],
    sentence: 'The configuration is not valid; every fault is listed.',
    canRetry: false,
  },
  RECORD_UNDECODABLE: {
    emitters: ['stream-kit'],
    sentence: 'The record is not Avro in the Confluent format, or its schema is unknown.',
    canRetry: false,
  },
  RECORD_INVALID: {
    emitters: ['stream-kit'],
    sentence: 'The record was decoded, and what it says cannot be processed.',
    canRetry: false,
  },
  EVENT_NONCONFORMING: {
    emitters: ['profile-enricher'],
    sentence: 'The event does not keep to the tracking plan, and its source refuses such events.',
    canRetry: false,
  },
  IDENTITY_CONTRADICTED: {
    emitters: ['profile-enricher'],
    sentence: 'An alias says that a browser is a user, and it is another user already; two users are never made one.',
    canRetry: false,
  },
  TOO_MANY_HOPS: {
    emitters: ['stream-kit'],
    sentence: 'The record was passed on from old person to old person more than eight times.',
    canRetry: false,
  },
  STEP_FAILED: { emitters: ['stream-kit'], sentence: 'Processing the record failed three times.', canRetry: true },
  SCHEMA_UNAVAILABLE: { emitters: ['stream-kit'], sentence: 'The schema registry could not be asked.', canRetry: true },
  TASK_TAKEN: {
    emitters: ['channel-dispatchers', 'console'],
    sentence: 'Somebody else has claimed the task.',
    canRetry: false,
    status: 409,
  },
  TASK_CLOSED: {
    emitters: ['channel-dispatchers', 'console'],
    sentence: 'The task is done, was taken back, or its time is over.',
    canRetry: false,
    status: 409,
  },
  CROSS_SITE_REQUEST: {
    emitters: ['console'],
    sentence: 'Another site sent this request; the console takes changes from its own pages only.',
    canRetry: false,
    status: 403,
  },
  PLAYBOOK_INVALID: {
    emitters: ['playbook', 'cli', 'console'],
    sentence: 'The playbook has faults; every fault is listed with its place.',
    canRetry: false,
    status: 400,
  },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof errors;

/** An error from the closed list, with the field, the value and the remedy in `message`. */
export class KairosError extends Error {
  readonly code: ErrorCode;
  /** Where in the input, as a path such as `batch[3].event`. */
  readonly field: string | undefined;
  constructor(code: ErrorCode, message: string, options: { field?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KairosError';
    this.code = code;
    this.field = options.field;
  }
  get canRetry(): boolean {
    return errors[this.code].canRetry;
  }
}

/** What a condition sees. Every value is plain JSON; what is unknown is null or absent, which is the same. */
export interface ConditionScope {
  readonly event?: Readonly<Record<string, unknown>> | null;
  readonly properties?: Readonly<Record<string, unknown>> | null;
  /** One of the properties by its name, as `properties` has it; null where there is none. For who can tell it without the others. */
  property?(name: string): unknown;
  readonly profile?: Readonly<Record<string, unknown>> | null;
  /** Ids of the segments that the person is in. */
  readonly segments?: readonly string[] | null;
  readonly history?: Readonly<Record<string, unknown>> | null;
  /** UTC ms: log time of the event, or due time of the timer. */
  readonly now?: number | null;
  /** Of a journey: what made its trigger fire. */
  readonly evidence?: Readonly<Record<string, unknown>> | null;
  /** Of a journey: what became of its sends, by message. */
  readonly sends?: Readonly<Record<string, unknown>> | null;
  /** Of a journey: the reason code of what was not sent, by message. */
  readonly reasons?: Readonly<Record<string, unknown>> | null;
}

/**
 * What an expression reads, as paths below each variable: `orderValue`, `traits.plan`. `*` means everything (a whole
 * variable, or a key that is computed).
 */
export interface Reads {
  readonly event: readonly string[];
  readonly properties: readonly string[];
  readonly profile: readonly string[];
  readonly history: readonly string[];
  readonly segments: boolean;
  readonly now: boolean;
  readonly evidence: readonly string[];
  /** Messages whose sends are asked for, by `sends` and `reasons`. */
  readonly sends: readonly string[];
}

/** Why a condition is not valid, or could not be answered. */
export interface ConditionFault {
  readonly code:
    | 'SYNTAX'
    | 'TOO_LARGE'
    | 'UNKNOWN_NAME'
    | 'UNKNOWN_FUNCTION'
    | 'TYPE'
    | 'NOT_BOOLEAN'
    /** It took more steps than one evaluation may. */
    | 'OVER_BUDGET'
    /** Something that nobody foresaw. */
    | 'THROWN';
  /** A sentence with the faulty part quoted. */
  readonly message: string;
  /** Where in the text, in characters. */
  readonly start: number;
  readonly end: number;
  /** The unknown name, where one is the fault; lint looks up the nearest known one. */
  readonly name?: string;
}

export type ConditionAnswer =
  | { readonly value: boolean; readonly fault: null }
  | { readonly value: false; readonly fault: ConditionFault };

/** A condition that was compiled once. Evaluation is bounded, has no side effects and never throws. */
export interface CompiledCondition {
  readonly text: string;
  readonly reads: Reads;
  /** True only if the condition is true; a fault (say, `'a' && true`) is false, and noted for `takeFailure`. */
  evaluate(scope: ConditionScope): boolean;
  /** As evaluate, with the fault, so that it can be recorded. */
  evaluateDetailed(scope: ConditionScope): ConditionAnswer;
}

/** An expression that gives a value, such as the value of a goal. Null where it is unknown or faulty. */
export interface CompiledExpression {
  readonly text: string;
  readonly reads: Reads;
  value(scope: ConditionScope): unknown;
}

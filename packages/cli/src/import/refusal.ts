/** Why a row was not sent. The list is closed; the collector's own codes come beside it. */
export const refusalReasons = {
  ROW_BROKEN: 'The row keeps to no CSV or JSON.',
  FIELD_COUNT: 'The row has more or fewer fields than the header.',
  ENCODING: 'The row holds bytes that are no letters in the encoding of the mapping.',
  VALUE_MISSING: 'A field that is needed is empty.',
  NOT_A_NUMBER: 'A field should hold a number.',
  NOT_AN_INTEGER: 'A field should hold a whole number.',
  NOT_A_BOOLEAN: 'A field should hold yes or no.',
  NOT_A_DATE: 'A field should hold a date.',
  NOT_IN_MAP: 'A field holds a value that the mapping gives no name.',
  NOT_AN_EMAIL: 'A field should hold an e-mail address.',
  NOT_A_PHONE: 'A field should hold a phone number.',
  IN_FUTURE: 'The row tells of a time to come.',
  NOBODY: 'The row does not say who it was.',
  NO_EVENT: 'The row fits none of the events of the mapping.',
  KEY_REPEATED: 'An earlier row has the same key.',
  GROUP_BROKEN: 'Another row of the same event was refused.',
  FILE_BROKEN: 'The file can not be read any further.',
} as const;

export type RefusalReason = keyof typeof refusalReasons;

/** A row, or an event made of rows, that was not sent. */
export interface Refusal {
  readonly file: string;
  readonly line: number;
  /** Column of the file; empty where it is the row as a whole. */
  readonly field: string;
  readonly value: string;
  /** One of `refusalReasons`, or a code of the collector. */
  readonly reason: string;
  readonly remedy: string;
}

/** What is wrong with a row. Thrown inside this folder, where a row is left. */
export class RowRefused extends Error {
  readonly reason: RefusalReason;
  readonly field: string;
  readonly value: string;
  readonly remedy: string;
  constructor(reason: RefusalReason, about: { field?: string; value?: string; remedy: string }) {
    super(refusalReasons[reason]);
    this.name = 'RowRefused';
    this.reason = reason;
    this.field = about.field ?? '';
    this.value = about.value ?? '';
    this.remedy = about.remedy;
  }
}

const CUT = 200;

/** A value as it may stand in the report: short, whatever it is. */
export const cut = (value: string): string => (value.length > CUT ? `${value.slice(0, CUT)}…` : value);

export const refusalOf = (error: RowRefused, place: { readonly file: string; readonly line: number }): Refusal => ({
  file: place.file,
  line: place.line,
  field: error.field,
  value: cut(error.value),
  reason: error.reason,
  remedy: error.remedy,
});

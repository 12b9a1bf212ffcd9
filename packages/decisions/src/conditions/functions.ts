import { isText, sizeOf, toNumber, toText } from './values.ts';

type One = (value: unknown) => unknown;
type Two = (value: unknown, other: string) => unknown;

/** `size(x)` and the conversions. */
export const globalFunctions: Readonly<Record<string, One>> = {
  size: sizeOf,
  string: toText,
  double: toNumber,
  int: (value) => {
    const number = toNumber(value);
    return number === null ? null : Math.trunc(number);
  },
};

const onText =
  (use: (text: string) => unknown): One =>
  (value) =>
    isText(value) ? use(value) : null;

/** `x.trim()`. Upper and lower case are those of ASCII, the same on every machine. */
export const methods: Readonly<Record<string, One>> = {
  size: sizeOf,
  trim: onText((text) => text.trim()),
  lowerAscii: onText((text) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())),
  upperAscii: onText((text) => text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())),
};

const test =
  (use: (text: string, other: string) => boolean): Two =>
  (value, other) =>
    isText(value) && use(value, other);

/** `x.startsWith('a')`: false where x is unknown. */
export const textTests: Readonly<Record<string, Two>> = {
  startsWith: test((text, other) => text.startsWith(other)),
  endsWith: test((text, other) => text.endsWith(other)),
  contains: test((text, other) => text.includes(other)),
};

/** `list.exists(x, …)` and its kin. */
export const macros = ['exists', 'exists_one', 'all', 'filter', 'map'] as const;
export type Macro = (typeof macros)[number];
const macroSet: ReadonlySet<string> = new Set(macros);
export const isMacro = (name: string): name is Macro => macroSet.has(name);

/** Every function that an expression may call. */
export const functionNames: readonly string[] = [
  'has',
  ...new Set([...Object.keys(globalFunctions), ...Object.keys(methods), ...Object.keys(textTests), ...macros]),
];

import { profileFields, profileTypes } from '../conditions/index.ts';

const PART = /\.([A-Za-z_$][\w$-]*)|\["([^"\\]+)"\]/y;

/** `profile.counters["Product Viewed"]` as its names below `profile`; null for what is no such path. */
export function readFeaturePath(text: string): readonly string[] | null {
  if (!text.startsWith('profile')) return null;
  const names: string[] = [];
  PART.lastIndex = 'profile'.length;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) return null;
    names.push(match[1] ?? match[2] ?? '');
  }
  return names.length === 0 ? null : names;
}

/** The path as people write it. */
export const writeFeaturePath = (path: readonly string[]): string =>
  `profile${path.map((name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`)).join('')}`;

/** Objects in which no number is looked for: amounts as texts, and products. */
const NO_NUMBERS: ReadonlySet<string> = new Set(['money', 'firstProduct', 'lastProduct']);

/** Fields that hold texts. */
const TEXTS: ReadonlySet<string> = new Set(
  Object.entries(profileTypes).flatMap(([field, { type }]) =>
    type === 'string' || NO_NUMBERS.has(field) ? [field] : [],
  ),
);
/** Fields that hold numbers by name. */
const HOLDERS: ReadonlySet<string> = new Set(['traits', 'counters', 'computed', 'group']);

/** Fields of the profile in which a model may find a number. */
export const numericFields: readonly string[] = profileFields.filter((field) => !TEXTS.has(field));

export type PathFault = { readonly message: string; readonly unknown?: string };

/** Why no number can be found there; null where one may be. */
export function featurePathFault(path: readonly string[]): PathFault | null {
  const [field = '', ...below] = path;
  if (!profileFields.includes(field)) return { message: `the profile has no field “${field}”`, unknown: field };
  if (TEXTS.has(field)) return { message: `profile.${field} holds no number`, unknown: field };
  if (HOLDERS.has(field) && below.length === 0)
    return { message: `profile.${field} holds many values, and a feature is one of them` };
  return null;
}

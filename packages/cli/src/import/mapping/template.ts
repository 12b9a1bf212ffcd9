const PLACE = /\{([^{}]+)\}/g;

/** Columns that a text such as `till:{receipt}` names. */
export const columnsOfTemplate = (text: string): readonly string[] =>
  [...text.matchAll(PLACE)].map(([, column = '']) => column);

/** A text with places to fill in, as what stands between them. */
export interface TemplatePart {
  readonly text: string;
  /** Column that follows the text; null at the end. */
  readonly column: string | null;
}

export function partsOfTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  for (const match of text.matchAll(PLACE)) {
    parts.push({ text: text.slice(from, match.index), column: match[1] ?? '' });
    from = match.index + match[0].length;
  }
  parts.push({ text: text.slice(from), column: null });
  return parts;
}

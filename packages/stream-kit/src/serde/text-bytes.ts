/** Of Node's buffers: what `write(…, 'utf8')` and `write(…, 'latin1')` end in, without the way there. */
export interface TextWriting {
  utf8Write(text: string, at: number, most: number): number;
  latin1Write(text: string, at: number, most: number): number;
}

/** Writes a short text whose characters are a byte each; false = one of them is not, and what was written means nothing. */
export const writeAscii = (text: string, into: Buffer, at: number): boolean => {
  const { length } = text;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    into[at + index] = code;
  }
  return true;
};

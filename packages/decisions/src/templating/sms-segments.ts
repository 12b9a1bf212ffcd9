/** How a text travels over the phone network. */
export interface SmsLength {
  /** GSM-7 as long as its alphabet suffices; one other character makes the whole text UCS-2. */
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** Units of that encoding: septets, or UTF-16 code units. */
  readonly units: number;
  /** What is sent, and paid for. */
  readonly segments: number;
  /** Units that fit into one segment alone. */
  readonly perSegment: number;
}

/** The alphabet of GSM 03.38, without its escape. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Its extension: each is an escape and a septet. */
const EXTENDED = new Set('\f^{}\\[~]|€');

/** A segment alone, and one of several, which loses seven septets to the number that joins them. */
const LIMITS = { 'GSM-7': { alone: 160, joined: 153 }, 'UCS-2': { alone: 70, joined: 67 } } as const;

/** Length of a text message in segments. A character of two units is never cut in two. */
export function smsLength(text: string): SmsLength {
  const characters = [...text];
  const isGsm = characters.every((one) => BASIC.has(one) || EXTENDED.has(one));
  const encoding = isGsm ? 'GSM-7' : 'UCS-2';
  const { alone, joined } = LIMITS[encoding];
  const sizes = characters.map((one) => (isGsm ? (EXTENDED.has(one) ? 2 : 1) : one.length));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  return { encoding, units, segments: units <= alone ? 1 : joinedSegments(sizes, joined), perSegment: alone };
}

function joinedSegments(sizes: readonly number[], limit: number): number {
  let segments = 1;
  let filled = 0;
  for (const size of sizes) {
    if (filled + size > limit) {
      segments += 1;
      filled = 0;
    }
    filled += size;
  }
  return segments;
}

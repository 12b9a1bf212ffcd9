/** Where a text goes and whether it came before are often two questions about one text. It changes no answer. */
let lastText = '';
let lastHash = freshHash(lastText);

/** FNV-1a over code units, 32 bits without a sign: only to pass over what is not meant, for two texts may have the same. */
export function textHash(text: string): number {
  if (text === lastText) return lastHash;
  lastHash = freshHash(text);
  lastText = text;
  return lastHash;
}

function freshHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/**
 * @typedef {object} Patch a textual replacement in one source file
 * @property {string} file path from the root
 * @property {string} find must occur exactly once
 * @property {string} replace
 */

/**
 * The source after its replacements. Throws when one does not match exactly once: the code has changed, and whoever
 * changed it has to say what the replacement is now.
 * @param {string} file
 * @param {string} source
 * @param {readonly Patch[]} patches
 */
export function patched(file, source, patches) {
  let text = source;
  for (const { find, replace } of patches) {
    const times = text.split(find).length - 1;
    if (times !== 1) throw new Error(`${file}: a replacement matches ${times} times instead of once:\n${find}`);
    text = text.replace(find, () => replace);
  }
  return text;
}

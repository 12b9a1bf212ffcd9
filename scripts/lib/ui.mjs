// What every script prints goes through here: progress, a remark, a table. Colours only where a person looks.

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {(code: number, text: string) => string}
 */
export function painter(stream) {
  const coloured = Boolean(stream.isTTY) && process.env.NO_COLOR === undefined;
  return (code, text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
}

const paintOut = painter(process.stdout);

/** @param {string} text */
export const green = (text) => paintOut(32, text);
/** @param {string} text */
export const red = (text) => paintOut(31, text);
/** @param {string} text */
export const dim = (text) => paintOut(2, text);
/** @param {string} text */
export const bold = (text) => paintOut(1, text);

/** @param {string} line */
export function say(line = '') {
  process.stdout.write(`${line}\n`);
}

/**
 * Progress goes to standard error, so that `kairos … --json` stays clean on standard output.
 * @param {string} line
 */
export function progress(line) {
  process.stderr.write(`${painter(process.stderr)(2, 'kairos')} ${line}\n`);
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * @param {string[][]} rows
 * @returns {string} columns padded to the widest cell, two spaces apart
 */
export function table(rows) {
  /** @type {number[]} */
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * Options of one script: `--name value`, `--flag`; anything unknown is an error that names what exists.
 * @param {string[]} args
 * @param {{ values?: string[], flags?: string[] }} known
 * @returns {{ values: Record<string, string>, flags: Set<string> }}
 */
export function readOptions(args, { values: valued = [], flags: flagged = [] }) {
  /** @type {Record<string, string>} */
  const values = {};
  /** @type {Set<string>} */
  const flags = new Set();
  for (let at = 0; at < args.length; at++) {
    const [name = '', inline] = (args[at] ?? '').split('=', 2);
    const bare = name.replace(/^--/, '');
    if (name.startsWith('--') && flagged.includes(bare)) {
      flags.add(bare);
    } else if (name.startsWith('--') && valued.includes(bare)) {
      const value = inline ?? args[++at];
      if (value === undefined) fail(`${name} needs a value`);
      values[bare] = String(value);
    } else {
      const all = [...valued.map((one) => `--${one} <value>`), ...flagged.map((one) => `--${one}`)];
      fail(`unknown option "${args[at]}"; known: ${all.join(', ')}`);
    }
  }
  return { values, flags };
}

/**
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  process.stderr.write(`${painter(process.stderr)(31, 'error')} ${message}\n`);
  process.exit(64);
}

// How every guard speaks: `file:line message — remedy`, and an exit code.

/**
 * @typedef {object} Fault
 * @property {string} file path from the root
 * @property {number} line from 1
 * @property {string} rule a short stable name
 * @property {string} message what is wrong
 * @property {string} remedy what to do instead
 */

/** @param {Fault} fault */
export const formatFault = ({ file, line, message, remedy }) => `${file}:${line} ${message} — ${remedy}`;

/**
 * @param {string} guard
 * @param {Fault[]} faults
 * @param {string} looked what was looked at, for the line that says all is well
 */
export function printFaults(guard, faults, looked) {
  const sorted = [...faults].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  for (const fault of sorted) process.stdout.write(`${formatFault(fault)}\n`);
  const summary = faults.length === 0 ? 'no faults' : `${faults.length} fault${faults.length === 1 ? '' : 's'}`;
  process.stdout.write(`${guard}: ${summary} in ${looked}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

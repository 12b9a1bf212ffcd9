// The names that lock 2 of purity watches, each with what to do instead.

export const timeRemedy = 'take the time in as an argument (nowMs)';
export const shellRemedy = 'leave it to an adapter and take its result in as an argument';
const localeRemedy = 'compare code units (a < b), or do calendar work in packages/decisions/src/time';

/** Globals of the machine: a name in this list may not be used as a value. */
export const machineGlobals = new Map([
  ...[
    'process',
    'Buffer',
    'global',
    'globalThis',
    'self',
    'window',
    'document',
    'navigator',
    'require',
    'module',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
    'queueMicrotask',
    'structuredClone',
    'fetch',
    'WebSocket',
    'EventSource',
    'XMLHttpRequest',
    'localStorage',
    'sessionStorage',
    'Worker',
    'SharedArrayBuffer',
    'Atomics',
    'WeakRef',
    'FinalizationRegistry',
  ].map((name) => /** @type {const} */ ([name, shellRemedy])),
  ['console', 'return what happened as data; the shell logs'],
  ['performance', timeRemedy],
  ['Temporal', timeRemedy],
  ['crypto', 'take randomness in as an argument; make ids by hashing their causes'],
  ['eval', 'write the code out'],
  ['Function', 'write the code out'],
  ['Promise', 'answer with data; the shell waits'],
]);

/**
 * Functions of Node that answer the same everywhere, and that nothing in the language replaces at their speed. A room that
 * uses one declares it itself (`*.d.ts`): the compiler lock knows no Node.
 * @type {ReadonlyMap<string, readonly string[]>}
 */
export const pureBuiltins = new Map([['node:crypto', ['hash']]]);

/** Members whose answer depends on the machine's zone or locale. */
export const machineMembers = new Map([
  ...[
    'localeCompare',
    'toLocaleString',
    'toLocaleDateString',
    'toLocaleTimeString',
    'toLocaleUpperCase',
    'toLocaleLowerCase',
  ].map((name) => /** @type {const} */ ([name, localeRemedy])),
  ...['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Year']
    .flatMap((part) => [`get${part}`, `set${part}`])
    .map(
      (name) =>
        /** @type {const} */ ([
          name,
          'use the UTC form (getUTCHours), or calendar work in packages/decisions/src/time',
        ]),
    ),
  ...['getTimezoneOffset', 'toDateString', 'toTimeString'].map(
    (name) => /** @type {const} */ ([name, 'use toISOString, or calendar work in packages/decisions/src/time']),
  ),
]);

/** All that a pure room sees of Node: a function of its arguments (see `pureBuiltins` of the purity guard). */
declare module 'node:crypto' {
  export function hash(algorithm: 'sha1', data: string, outputEncoding: 'hex'): string;
}

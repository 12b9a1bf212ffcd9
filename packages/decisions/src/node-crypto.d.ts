/**
 * All that a pure room sees of Node: a function of its arguments (see `pureBuiltins` of the purity guard). Declared where
 * Node's own types declare it, so that beside them it is one more overload.
 */
declare module 'crypto' {
  export function hash(algorithm: 'sha1', data: string, outputEncoding: 'hex'): string;
}
declare module 'node:crypto' {
  // biome-ignore lint/style/useNodejsImportProtocol: the name that Node's own types give it
  export * from 'crypto';
}

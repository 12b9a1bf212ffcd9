// biome-ignore-all lint/style/noDefaultExport: what a CommonJS file exports is the default to an import of it.
// Plain JavaScript without types. What is taken from it is described where it is used.
declare module 'kafkajs/src/*' {
  const inner: unknown;
  export default inner;
}
declare module 'kafkajs-snappy' {
  const codec: unknown;
  export default codec;
}
declare module 'lz4js' {
  const lz4: unknown;
  export default lz4;
}

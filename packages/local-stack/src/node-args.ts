/**
 * How Node is started for a service, here and in compose, image and README. Each event makes some kilobytes of garbage,
 * and most of it is done with before long: with V8's own 16 MiB for young objects much is copied that would have been
 * dead a moment later. With 32 the detector needs 13 % less CPU, for some 30 MB (`pnpm bench detector`).
 */
export const SERVICE_NODE_ARGS: readonly string[] = ['--max-semi-space-size=32'];

export {
  basicOf,
  bearerOf,
  constantTimeEqual,
  signToken,
  type TokenCheck,
  type TokenPayload,
  type VerifyOptions,
  verifyToken,
} from './auth.ts';
export { commonKeys, kafkaKeys, postgresKeys, redisKeys, stateKeys } from './config/common-keys.ts';
export { type ConfigRow, configRows, describeConfig } from './config/describe-config.ts';
export { env, hidePassword, type KeySpec } from './config/key-spec.ts';
export {
  ConfigError,
  type ConfigFault,
  type ConfigKeys,
  type ConfigOf,
  type ConfigSchema,
  defineConfig,
  type Environment,
  type LoadedConfig,
  loadConfig,
  loadConfigWithWarnings,
} from './config/load-config.ts';
export { type HeldName, holdName } from './hold-name.ts';
export {
  createOpsServer,
  type ErrorBody,
  errorBody,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type OpsServer,
  type OpsServerOptions,
  type Readiness,
  RetryLaterError,
  replyError,
  statusOf,
  toKairosError,
} from './http.ts';
export {
  type CommonConfig,
  type Host,
  type RunningService,
  runService,
  type ServeOptions,
  type ServiceContext,
  type ServiceDefinition,
} from './lifecycle.ts';
export { createLogger, type Logger, type LoggerOptions, silentLogger } from './logger.ts';
export { type Counter, createMetrics, type Histogram, type Labels, type Metrics, type Reading } from './metrics.ts';
export type { MeasuredStage } from './stage-hooks.ts';
export { StageWatch, type WatchedStage } from './stage-watch.ts';
export {
  type Attributes,
  failSpan,
  type Span,
  SpanKind,
  type SpanOptions,
  startSpan,
  startTelemetry,
  type Telemetry,
  type TelemetryOptions,
  traceIdOf,
  traceparentOf,
} from './telemetry.ts';

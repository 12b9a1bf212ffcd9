import { type Logger as PinoLogger, pino } from 'pino';

/** A pino logger: `log.info({offset}, 'sentence')`. MUST NOT be given personal data; known names are removed besides. */
export type Logger = PinoLogger;

/** Names whose values never reach a log line, at the top and up to two levels below. */
const HIDDEN = [
  'email',
  'phone',
  'cardNumber',
  'card_number',
  'traits',
  'properties',
  'profile',
  'address',
  'to',
  'firstName',
  'lastName',
  'body',
  'html',
  'writeKey',
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'key',
  'ip',
];

const hiddenPaths = (): string[] =>
  HIDDEN.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `headers["x-write-key"]`, `*.headers["x-write-key"]`]);

export interface LoggerOptions {
  readonly service: string;
  readonly instance?: string;
  readonly level?: string;
  /** Where lines go; standard output unless given. */
  readonly destination?: { write(line: string): unknown };
}

/** One readable line for a person at a terminal; pipes get JSON. */
function terminalLine(line: string): string {
  const { level, time, service, msg, instance: _, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const at = new Date(Number(time)).toISOString().slice(11, 23);
  const extra = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  const stack = (err as { stack?: string } | undefined)?.stack;
  return `${at} ${String(level).padEnd(5)} ${String(service)}: ${String(msg ?? '')}${extra}${stack === undefined ? '' : `\n${stack}`}\n`;
}

/** JSON lines in a pipe, readable lines on a terminal; synchronous, so the last line before an exit is not lost. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: options.service, ...(options.instance === undefined ? {} : { instance: options.instance }) },
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: [...new Set(hiddenPaths())], censor: '[hidden]' },
  };
  if (options.destination !== undefined) return pino(settings, options.destination as { write(line: string): void });
  if (process.stdout.isTTY)
    return pino(settings, { write: (line: string) => process.stdout.write(terminalLine(line)) });
  return pino(settings, pino.destination({ dest: 1, sync: true }));
}

/** A logger that says nothing, for tests. */
export const silentLogger = (): Logger => pino({ level: 'silent' });

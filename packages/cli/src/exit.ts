/** Exit codes of the command line. */
export const exitCodes = { ok: 0, failure: 1, usage: 2, badConfig: 78 } as const;

/** Something a person can put right: printed as one line with what to do next, never as a stack trace. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = exitCodes.failure) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

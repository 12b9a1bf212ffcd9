import pc from 'picocolors';

/** What a command says to people goes to stderr when its stdout is data (`--json`), else to stdout. */
export interface Terminal {
  readonly json: boolean;
  line(text?: string): void;
  /** Overwrites the last progress line on a terminal; prints a line now and then elsewhere. */
  progress(text: string): void;
  endProgress(): void;
  data(value: unknown): void;
}

/** Colours only on a terminal; the library alone would also colour what a CI job catches. */
export const colours = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);

const PROGRESS_EVERY_MS = 5_000;

export function openTerminal(json: boolean): Terminal {
  const out = json ? process.stderr : process.stdout;
  let open = false;
  let lastMs = 0;
  const endProgress = (): void => {
    if (open) out.write('\n');
    open = false;
  };
  return {
    json,
    line(text = '') {
      endProgress();
      out.write(`${text}\n`);
    },
    progress(text) {
      if (out.isTTY) {
        out.write(`\r\u001b[2K${text}`);
        open = true;
      } else if (performance.now() - lastMs > PROGRESS_EVERY_MS) {
        lastMs = performance.now();
        out.write(`${text}\n`);
      }
    },
    endProgress,
    data(value) {
      process.stdout.write(`${JSON.stringify(value, null, json ? 0 : 2)}\n`);
    },
  };
}

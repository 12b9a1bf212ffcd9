import type { Reporter } from './types.ts';

/** The address without the password that a URL may carry. */
export function withoutPassword(address: string): string {
  return address.replace(/(\/\/[^/:@\s]*):[^/@\s]*@/, '$1@');
}

/** Writes one line a step: `kafka      ready in 3120 ms at 127.0.0.1:19092`. */
export function lineReporter(write: (line: string) => void): Reporter {
  const line = (name: string, text: string) => write(`${name.padEnd(20)} ${text}`);
  const announced = new Set<string>();
  return {
    picked: (name, picked, why) => {
      announced.add(name);
      line(name, `starting, ${picked}: ${why}`);
    },
    starting: (name) => {
      if (!announced.delete(name)) line(name, 'starting');
    },
    ready: (name, about) => line(name, `ready in ${about.tookMs} ms at ${withoutPassword(about.address)}`),
    failed: (name, reason) => line(name, `failed: ${reason}`),
    note: (message) => write(message),
  };
}

/** To standard error, because standard output belongs to whoever calls us. */
export const stderrReporter: Reporter = lineReporter((line) => {
  process.stderr.write(`${line}\n`);
});

export const silentReporter: Reporter = {
  picked: () => {},
  starting: () => {},
  ready: () => {},
  failed: () => {},
  note: () => {},
};

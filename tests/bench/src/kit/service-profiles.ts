/** The variable that tells the preloaded module where to write. */
export const PROFILES_KEY = 'BENCH_PROFILES';

const preload = new URL('./profile-preload-main.js', import.meta.url).href;

/** What makes a service write a CPU profile into a folder when it ends; nothing without a folder. */
export const profilingEnv = (folder: string | undefined): Record<string, string> =>
  folder === undefined || folder === '' ? {} : { NODE_OPTIONS: `--import=${preload}`, [PROFILES_KEY]: folder };

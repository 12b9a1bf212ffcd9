import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface HotFunction {
  readonly where: string;
  readonly selfMs: number;
  readonly share: number;
}

const shortUrl = (url: string): string => url.replace(/^.*\/(node_modules|packages|services|tests)\//, '');

/** The functions of a profile by their own time, the idle time left out. */
export const hottest = (profile: CpuProfile, count: number): HotFunction[] => {
  const nameOf = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      url === ''
        ? functionName || '(anonymous)'
        : `${functionName || '(anonymous)'} ${shortUrl(url)}:${lineNumber + 1}`,
    ]),
  );
  const selfUs = new Map<string, number>();
  profile.samples.forEach((id, at) => {
    const name = nameOf.get(id) ?? '?';
    if (name !== '(idle)') selfUs.set(name, (selfUs.get(name) ?? 0) + (profile.timeDeltas[at] ?? 0));
  });
  const totalUs = [...selfUs.values()].reduce((sum, us) => sum + us, 0);
  return [...selfUs]
    .sort((a, b) => b[1] - a[1])
    .slice(0, count)
    .map(([where, us]) => ({ where, selfMs: us / 1000, share: us / totalUs }));
};

/** Where the time of each work of a folder went, as text: of its last run only, the others look alike. */
export const profilesAsText = (folder: string, count = 20): string => {
  const lastOf = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    const [, work] = /^(.+)-\d+\.cpuprofile$/.exec(name) ?? [];
    if (work !== undefined) lastOf.set(work, name);
  }
  return [...lastOf.values()]
    .map((name) => {
      const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile;
      const lines = hottest(profile, count).map(
        ({ where, selfMs, share }) =>
          `  ${(share * 100).toFixed(1).padStart(5)} %  ${selfMs.toFixed(0).padStart(7)} ms  ${where}`,
      );
      return [name, ...lines].join('\n');
    })
    .join('\n\n');
};

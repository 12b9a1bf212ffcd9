/** Which process has the care of which partition: partition → url. */
export type Owners = ReadonlyMap<number, string>;

/** Read anew from what the process holds at the moment, so a partition that was taken away is not among them. */
const LINE = /^kairos_(?:state_keys|watermark_delay_seconds)\{([^}]*)\} /;
const CURRENT: Readonly<Record<string, string>> = { arbitration: 'kairos_watermark_delay_seconds' };

/** Asks every process of a service for the partitions of a task that it holds, as its own metrics tell. */
export async function ownersOf(task: string, urls: readonly string[]): Promise<Owners> {
  const owners = new Map<number, string>();
  await Promise.all(
    urls.map(async (url) => {
      const text = await textOf(`${url}/metrics`);
      const current = CURRENT[task] ?? 'kairos_state_keys';
      for (const line of text.split('\n')) {
        if (!line.startsWith(current)) continue;
        const labels = LINE.exec(line)?.[1];
        if (labels?.includes(`task="${task}"`) !== true) continue;
        const partition = /partition="(\d+)"/.exec(labels)?.[1];
        if (partition !== undefined) owners.set(Number(partition), url);
      }
    }),
  );
  return owners;
}

async function textOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}

export const ownedBy = (owners: Owners, url: string): readonly number[] =>
  [...owners].filter(([, owner]) => owner === url).map(([partition]) => partition);

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PlaybookRecord } from '@kairos/contracts';
import { formatIssue, type PlaybookFile, parsePlaybook, toRecords } from '@kairos/playbook';
import type { IncomingRecord, KafkaPort, Serde } from '@kairos/stream-kit';
import { CliError } from '../exit.ts';

/** The starter recipes of this checkout. */
export const starterFolder = path.resolve(import.meta.dirname, '../../../../playbook');

const FILES = /\.(ya?ml|json|html|liquid|txt)$/;

/** Every file of a playbook folder, paths relative to it. */
export async function readPlaybookFiles(folder: string): Promise<PlaybookFile[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => {
    throw new CliError(`${folder} is not a folder that can be read: name the folder with the playbook's YAML files.`);
  });
  const files = names.filter((name) => FILES.test(name)).sort();
  if (files.length === 0) throw new CliError(`${folder} holds no YAML file.`);
  return Promise.all(
    files.map(async (name) => ({ path: name, text: await readFile(path.join(folder, name), 'utf8') })),
  );
}

export interface LivePlaybookInfo {
  readonly version: string;
  readonly timeScale: number;
  readonly publishedAtMs: number;
  readonly offset: number;
}

/** The activation that is live, or null before the first. */
export async function livePlaybook(kafka: KafkaPort, serde: Serde): Promise<LivePlaybookInfo | null> {
  const records: IncomingRecord[] = [];
  const reader = await kafka.read({
    topic: 'playbook.published',
    partitions: [0],
    onRecords: (batch) => void records.push(...batch),
  });
  await reader.done;
  let live: LivePlaybookInfo | null = null;
  for (const record of records) {
    if (record.value === null) continue;
    const value: PlaybookRecord = await serde.decode('playbook.published', record.value);
    if (value.activation === null) continue;
    const { version, timeScale, publishedAtMs } = value.activation;
    live = { version, timeScale, publishedAtMs, offset: record.offset };
  }
  return live;
}

export interface Published {
  readonly version: string;
  readonly definitions: number;
  readonly activationOffset: number;
}

/** Lints and publishes a folder: definitions first, then the one record that makes them live. Refuses a playbook with faults. */
export async function publishPlaybook(
  { kafka, serde }: { readonly kafka: KafkaPort; readonly serde: Serde },
  options: { readonly folder: string; readonly timeScale: number; readonly publishedBy: string },
): Promise<Published> {
  const { definitions, issues } = parsePlaybook(await readPlaybookFiles(options.folder));
  const faults = issues.filter((issue) => issue.severity === 'error');
  if (faults.length > 0) {
    throw new CliError(
      `The playbook has ${faults.length} faults, nothing was published:\n${faults.map((fault) => `  ${formatIssue(fault)}`).join('\n')}`,
    );
  }
  const records = toRecords(definitions, {
    timeScale: options.timeScale,
    publishedAtMs: Date.now(),
    publishedBy: options.publishedBy,
  });
  const producer = await kafka.producer();
  try {
    const landed = await producer.send(
      records.map(({ key, value }) => ({
        topic: 'playbook.published',
        partition: 0,
        key,
        value: serde.encode('playbook.published', value),
      })),
    );
    const version = records.at(-1)?.value.activation?.version ?? '';
    return { version, definitions: records.length - 1, activationOffset: landed.at(-1)?.offset ?? -1 };
  } finally {
    await producer.close();
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CollectorClient } from '../house/send.ts';
import { parseMapping, type ReadMapping } from './mapping/read-mapping.ts';
import { type Item, readItems } from './read-items.ts';

export interface Folder {
  readonly path: string;
  write(name: string, content: string | Buffer): string;
  remove(): void;
}

export function openFolder(): Folder {
  const folder = mkdtempSync(path.join(tmpdir(), 'kairos-import-'));
  return {
    path: folder,
    write(name, content) {
      const file = path.join(folder, name);
      writeFileSync(file, content);
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A mapping with what every test needs, and more lines. */
export const mappingOf = (more: string): ReadMapping =>
  parseMapping(
    'my.yaml',
    `kind: Mapping
id: t
timestamp: { column: at, format: yyyy-MM-dd HH:mm, zone: Europe/London }
ids: { userId: '{who}' }
${more}`,
  );

export async function itemsOf(
  read: ReadMapping,
  files: readonly string[],
  isBackfill = true,
): Promise<readonly Item[]> {
  const counts = { rows: 0, skipped: 0 };
  const nowMs = Date.UTC(2025, 11, 1);
  const found: Item[] = [];
  for await (const items of readItems({ mapping: read.mapping, files, isBackfill, nowMs, counts }))
    found.push(...items);
  return found;
}

export const callsOf = (items: readonly Item[]) => items.flatMap((item) => ('call' in item ? [item.call] : []));
export const refusalsOf = (items: readonly Item[]) =>
  items.flatMap((item) => ('refusal' in item ? [item.refusal] : []));

/** A door that speaks the collector's batch answers, and may break off. The real one is met in tests/e2e. */
export interface Door {
  readonly client: CollectorClient;
  /** Message ids in the order in which they were acknowledged, repeats included. */
  readonly acknowledged: string[];
  /** Acknowledges so many more batches, takes one in without an answer, and is gone. */
  breakAfter(batches: number): void;
  mend(): void;
  close(): Promise<void>;
}

export async function openDoor(refuses: (event: { messageId: string }) => boolean = () => false): Promise<Door> {
  const acknowledged: string[] = [];
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (left < 0) return void request.socket.destroy();
      const { batch } = JSON.parse(Buffer.concat(chunks).toString()) as { batch: { messageId: string }[] };
      const rejected = batch.flatMap((event, index) =>
        refuses(event) ? [{ index, code: 'FIELD_INVALID', field: `batch[${index}].event`, message: 'is odd' }] : [],
      );
      acknowledged.push(...batch.filter((event) => !refuses(event)).map(({ messageId }) => messageId));
      left -= 1;
      // It is on the log, and nobody has heard of it.
      if (left < 0) return void request.socket.destroy();
      response.statusCode = rejected.length === batch.length ? 400 : 200;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ success: true, rejected }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new CollectorClient(`http://127.0.0.1:${port}`, 'key', { connections: 4, attempts: 2 });
  return {
    client,
    acknowledged,
    breakAfter: (batches) => {
      left = batches;
    },
    mend: () => {
      left = Number.POSITIVE_INFINITY;
    },
    async close() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

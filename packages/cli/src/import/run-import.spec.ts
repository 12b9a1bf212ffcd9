import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { callsOf, type Door, type Folder, itemsOf, mappingOf, openDoor, openFolder } from './import.fixture.ts';
import { fingerprintOf, Journal, type Progress } from './journal.ts';
import { runImport } from './run-import.ts';

const read = mappingOf('key: [id]\nevent: A\nproperties: { n: { column: n, type: integer } }\n');
const ROWS = 5_000;
const BAD = 7;
const isBad = (at: number): boolean => at % BAD === 3;
const content = `id,at,who,n\n${Array.from({ length: ROWS }, (_, at) => `${at},2025-11-29 14:05,C-${at % 90},${isBad(at) ? 'x' : at}\n`).join('')}`;
const bad = Array.from({ length: ROWS }, (_, at) => at).filter(isBad);

// Whole imports: a busy machine takes its time.
jest.setTimeout(60_000);

let folder: Folder;
let door: Door;
beforeEach(async () => {
  folder = openFolder();
  door = await openDoor();
});
afterEach(async () => {
  await door.close();
  folder.remove();
});

/** Dies where a process may: with the report written, and the journal not. */
class DyingJournal extends Journal {
  #left = 3;
  override async write(progress: Progress): Promise<void> {
    this.#left -= 1;
    if (this.#left < 0) throw new Error('killed');
    await super.write(progress);
  }
}

async function run(
  options: { fromStart?: boolean; file?: string; check?: boolean; through?: Door; journal?: Journal } = {},
) {
  const file = options.file ?? `${folder.path}/a.csv`;
  return runImport({
    items: {
      mapping: read.mapping,
      files: [file],
      isBackfill: true,
      nowMs: Date.now(),
      counts: { rows: 0, skipped: 0 },
    },
    fingerprint: await fingerprintOf(read.text, [file], { isBackfill: true }),
    client: options.check === true ? null : (options.through ?? door).client,
    journal: options.journal ?? new Journal(`${folder.path}/a.csv.import.json`),
    reportFile: `${folder.path}/a.csv.refused.csv`,
    fromStart: options.fromStart === true,
    onProgress: () => undefined,
  });
}

const reported = (): string[] =>
  parse<{ line: string }>(readFileSync(`${folder.path}/a.csv.refused.csv`), { columns: true }).map(({ line }) => line);
const linesOfBad = bad.map((at) => String(at + 2));

describe('an import', () => {
  it('sends every good row once and lists every bad one', async () => {
    folder.write('a.csv', content);
    const outcome = await run();
    expect(outcome).toMatchObject({ rows: ROWS, sent: ROWS - bad.length, refused: bad.length, continuedAfter: 0 });
    expect(outcome.reasons).toEqual({ NOT_A_NUMBER: bad.length });
    expect(new Set(door.acknowledged).size).toBe(ROWS - bad.length);
    expect(door.acknowledged).toHaveLength(ROWS - bad.length);
    expect(reported()).toEqual(linesOfBad);
  });

  it.each([0, 1, 9, 17, 30])(
    'that is broken off after %i batches goes on where it stopped: none lost, none reported twice, few sent again',
    async (batches) => {
      folder.write('a.csv', content);
      door.breakAfter(batches);
      await expect(run()).rejects.toThrow();
      door.mend();
      const outcome = await run();
      expect(outcome).toMatchObject({ sent: ROWS - bad.length, refused: bad.length });
      expect(new Set(door.acknowledged).size).toBe(ROWS - bad.length);
      expect(door.acknowledged.length - (ROWS - bad.length)).toBeLessThanOrEqual(2_000);
      expect(reported()).toEqual(linesOfBad);
      expect(readFileSync(`${folder.path}/a.csv.refused.csv`, 'utf8').match(/^file,line/gm)).toHaveLength(1);
    },
    60_000,
  );

  it('that dies between report and journal lists no row twice, and leaves nothing of what it had not finished', async () => {
    folder.write('a.csv', content);
    await expect(run({ journal: new DyingJournal(`${folder.path}/a.csv.import.json`) })).rejects.toThrow('killed');
    appendFileSync(`${folder.path}/a.csv.refused.csv`, `half a line${' '.repeat(200_000)}`);
    expect(await run()).toMatchObject({ sent: ROWS - bad.length, refused: bad.length, continuedAfter: 3_000 });
    expect(reported()).toEqual(linesOfBad);
    expect(new Set(door.acknowledged).size).toBe(ROWS - bad.length);
  });

  it('that is finished sends nothing again, unless it is asked to', async () => {
    folder.write('a.csv', content);
    await run();
    const sent = door.acknowledged.length;
    expect(await run()).toMatchObject({ sent: ROWS - bad.length, refused: bad.length, continuedAfter: ROWS });
    expect(door.acknowledged).toHaveLength(sent);
    expect(await run({ fromStart: true })).toMatchObject({ sent: ROWS - bad.length, continuedAfter: 0 });
    expect(door.acknowledged).toHaveLength(2 * sent);
    expect(new Set(door.acknowledged).size).toBe(sent);
    expect(reported()).toEqual(linesOfBad);
  });

  it('of a file that was corrected begins anew, with the same ids', async () => {
    folder.write('a.csv', content);
    await run();
    const before = new Set(door.acknowledged);
    folder.write('a.csv', content.replaceAll(',x\n', ',0\n'));
    expect(await run()).toMatchObject({ sent: ROWS, refused: 0, continuedAfter: 0 });
    expect(new Set(door.acknowledged).size).toBe(ROWS);
    for (const id of before) expect(door.acknowledged.lastIndexOf(id)).toBeGreaterThan(before.size - 1);
  });

  it('keeps the order of each person', async () => {
    folder.write('a.csv', content);
    const calls = callsOf(await itemsOf(read, [`${folder.path}/a.csv`]));
    await run();
    const place = new Map(door.acknowledged.map((id, at) => [id, at]));
    for (let who = 0; who < 90; who += 1) {
      const places = calls
        .filter(({ userId }) => userId === `C-${who}`)
        .map(({ messageId }) => place.get(messageId) ?? -1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });

  it('writes nothing and sends nothing in a dry run', async () => {
    folder.write('a.csv', content);
    expect(await run({ check: true })).toMatchObject({
      rows: ROWS,
      sent: 0,
      refused: bad.length,
      events: { A: ROWS - bad.length },
    });
    expect(door.acknowledged).toEqual([]);
    expect(existsSync(`${folder.path}/a.csv.import.json`)).toBe(false);
    expect(existsSync(`${folder.path}/a.csv.refused.csv`)).toBe(false);
  });

  it('reports what the collector refuses, with the line of the row, also where it refuses all of a batch', async () => {
    folder.write('a.csv', 'id,at,who,n\n1,2025-11-29 14:05,C-1,1\n2,2025-11-29 14:05,C-1,2\n');
    const strict = await openDoor(() => true);
    try {
      expect(await run({ through: strict })).toMatchObject({ sent: 0, refused: 2, reasons: { FIELD_INVALID: 2 } });
    } finally {
      await strict.close();
    }
    expect(reported()).toEqual(['2', '3']);
  });

  it('does not take a foreign file for its journal', async () => {
    folder.write('a.csv', content);
    writeFileSync(`${folder.path}/a.csv.import.json`, '{"mine":true}');
    await expect(run()).rejects.toThrow('is no journal of an import');
  });
});

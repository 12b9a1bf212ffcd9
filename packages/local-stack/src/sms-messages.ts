import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from './home.ts';

/** A text as the gateway keeps it, one `.json` file each. */
export interface StoredSms {
  readonly sid: string;
  readonly receivedAtMs: number;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** What became of it, as the status callbacks have told: queued, sent, delivered, undelivered or failed. */
  readonly status: string;
  readonly errorCode: string | null;
  readonly statusCallback: string | null;
  /** The sender's `Idempotency-Key`, if it gave one. */
  readonly idempotencyKey: string | null;
}

/** The texts of a gateway's folder, oldest first. */
export function readSms(dir: string): StoredSms[] {
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir).filter((file) => file.endsWith('.json') && !file.startsWith('.'));
  return files.sort().flatMap((file) => readJson<StoredSms>(join(dir, file)) ?? []);
}

/** Keeps texts as files; a new status replaces the file as a whole. */
export class SmsFolder {
  readonly #dir: string;
  readonly #files = new Map<string, string>();
  #count = 0;

  constructor(dir: string) {
    this.#dir = dir;
    mkdirSync(dir, { recursive: true });
  }

  add(fields: Omit<StoredSms, 'sid' | 'receivedAtMs' | 'status' | 'errorCode'>): StoredSms {
    const nowMs = Date.now();
    this.#count += 1;
    const sid = `SM${randomBytes(16).toString('hex')}`;
    const stored: StoredSms = { sid, receivedAtMs: nowMs, ...fields, status: 'queued', errorCode: null };
    // Sorts by arrival: time first, then the number within this process.
    const time = new Date(nowMs).toISOString().replace(/[-:.]/g, '');
    const file = join(this.#dir, `${time}-${String(this.#count).padStart(6, '0')}-${sid}.json`);
    this.#files.set(sid, file);
    writeJson(file, stored);
    return stored;
  }

  setStatus(sid: string, status: string, errorCode: string | null): void {
    const file = this.#files.get(sid);
    if (file === undefined || !existsSync(file)) return;
    writeJson(file, { ...(JSON.parse(readFileSync(file, 'utf8')) as StoredSms), status, errorCode });
  }
}

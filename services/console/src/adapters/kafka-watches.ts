import {
  type CompiledPlaybook,
  compileRead,
  PersonTrace,
  reasonsOfLook,
  showPending,
  type TraceEntry,
  verdictOfLook,
} from '@kairos/decisions';
import {
  type FollowProgress,
  followPerson,
  type KafkaPort,
  type Logger,
  type PlaybookReader,
  type RecordReader,
  type Serde,
  startPlaybookReader,
} from '@kairos/stream-kit';
import type { PersonWatches, WatchedEntry, WatchedPerson } from '../ports.ts';

const MAX_ENTRIES = 300;
/** Persons that are watched at a time; who was not asked for longest gives way. */
const MAX_WATCHED = 8;
const KEPT_MS = 60_000;
const SWEEP_EVERY_MS = 10_000;

export interface WatchesParts {
  readonly kafka: KafkaPort;
  readonly serde: Serde;
  readonly log: Logger;
  now(): number;
}

/** One person's log, read from its first record on. */
class Watched {
  readonly trace: PersonTrace;
  readonly entries: WatchedEntry[] = [];
  askedAtMs = 0;
  isLive = false;
  progress: FollowProgress = { partition: 0, startOffset: 0, nextOffset: 0, endOffset: 0 };
  reader: RecordReader | undefined;
  #number = 0;

  constructor(personId: string) {
    this.trace = new PersonTrace(personId, (entry) => this.#add(entry));
  }

  get readPercent(): number {
    const { startOffset, nextOffset, endOffset } = this.progress;
    if (this.isLive || endOffset <= startOffset) return 100;
    return Math.min(100, Math.floor(((nextOffset - startOffset) / (endOffset - startOffset)) * 100));
  }

  #add({ kind, atMs, occurredAtMs, title, looks, notConcerned, says }: TraceEntry): void {
    this.#number += 1;
    this.entries.push({
      number: this.#number,
      kind,
      atMs,
      occurredAtMs,
      title,
      looks: looks.map((look) => ({
        triggerId: look.triggerId,
        verdict: look.verdict,
        says: verdictOfLook(look),
        reasons: reasonsOfLook(look),
      })),
      notConcerned,
      says,
    });
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
  }
}

/** Reads the logs of the persons who are looked at just now. Joins no group and writes nothing. */
export class KafkaWatches implements PersonWatches {
  readonly #parts: WatchesParts;
  readonly #watched = new Map<string, Promise<Watched>>();
  readonly #sweeper: NodeJS.Timeout;
  #playbooks: Promise<PlaybookReader<CompiledPlaybook>> | undefined;

  constructor(parts: WatchesParts) {
    this.#parts = parts;
    this.#sweeper = setInterval(() => void this.#sweep(), SWEEP_EVERY_MS);
    this.#sweeper.unref();
  }

  async look(personId: string): Promise<WatchedPerson> {
    const known = this.#watched.get(personId) ?? this.#open(personId);
    const watched = await known;
    const nowMs = this.#parts.now();
    watched.askedAtMs = nowMs;
    const { pending, zone } = watched.trace.now;
    return {
      personId,
      isLive: watched.isLive,
      readPercent: watched.readPercent,
      isCutOff: watched.progress.startOffset > 0,
      entries: watched.entries.toReversed(),
      waiting: pending.map((one) => ({ id: one.id, dueAtMs: one.dueAtMs, line: showPending(one, { nowMs, zone }) })),
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await Promise.all([...this.#watched.keys()].map((personId) => this.#letGo(personId)));
    await (await this.#playbooks?.catch(() => undefined))?.close();
  }

  #open(personId: string): Promise<Watched> {
    const opening = this.#start(personId);
    this.#watched.set(personId, opening);
    // The next look tries anew.
    opening.catch(() => this.#forget(personId, opening));
    return opening;
  }

  async #start(personId: string): Promise<Watched> {
    await this.#makeRoom();
    const { kafka, serde, log, now } = this.#parts;
    const watched = new Watched(personId);
    watched.askedAtMs = now();
    const reader = await followPerson({
      kafka,
      serde,
      playbooks: await this.#readPlaybooks(),
      personId,
      follow: true,
      logger: log,
      onRecord: watched.trace.onRecord,
      onTime: watched.trace.onTime,
      onPlaybook: watched.trace.onPlaybook,
      onProgress: (progress) => {
        watched.progress = progress;
      },
      onCaughtUp: () => {
        watched.isLive = true;
      },
    });
    watched.reader = reader;
    reader.done.catch((error: unknown) => {
      log.warn({ error: String(error) }, 'a person can be watched no longer');
      this.#forget(personId, this.#watched.get(personId));
    });
    return watched;
  }

  #readPlaybooks(): Promise<PlaybookReader<CompiledPlaybook>> {
    const { kafka, serde, log } = this.#parts;
    const again = (): void => {
      this.#playbooks = undefined;
    };
    this.#playbooks ??= startPlaybookReader({
      kafka,
      serde,
      compile: compileRead,
      fail: (error) => {
        log.warn({ error: error.message }, 'the playbook can be followed no longer');
        again();
      },
    });
    this.#playbooks.catch(again);
    return this.#playbooks;
  }

  #forget(personId: string, watched: Promise<Watched> | undefined): void {
    if (this.#watched.get(personId) === watched) this.#watched.delete(personId);
  }

  async #letGo(personId: string): Promise<void> {
    const watched = this.#watched.get(personId);
    this.#watched.delete(personId);
    await (await watched?.catch(() => undefined))?.reader?.close();
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#parts.now();
    for (const [personId, opening] of [...this.#watched]) {
      const watched = await opening.catch(() => undefined);
      if (watched !== undefined && nowMs - watched.askedAtMs > KEPT_MS) await this.#letGo(personId);
    }
  }

  async #makeRoom(): Promise<void> {
    if (this.#watched.size < MAX_WATCHED) return;
    const opened = await Promise.all(
      [...this.#watched].map(async ([personId, opening]) => {
        const watched = await opening.catch(() => undefined);
        return { personId, askedAtMs: watched?.askedAtMs ?? 0 };
      }),
    );
    const oldest = opened.reduce((a, b) => (b.askedAtMs < a.askedAtMs ? b : a));
    await this.#letGo(oldest.personId);
  }
}

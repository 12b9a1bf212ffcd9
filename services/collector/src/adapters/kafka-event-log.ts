import { deadLettersOf, errors, headers, type KairosError } from '@kairos/contracts';
import { type Logger, RetryLaterError } from '@kairos/service-kit';
import type { OutgoingRecord, RecordProducer, Serde } from '@kairos/stream-kit';
import type { DeadEntry, EventEntry, EventLog } from '../ports.ts';

const TOPIC = 'events.collected';

export interface KafkaEventLogOptions {
  readonly producer: Pick<RecordProducer, 'send' | 'pendingBytes'>;
  readonly serde: Pick<Serde, 'encode'>;
  readonly log: Logger;
  /** Longest wait for the acknowledgement of one request. */
  readonly ackTimeoutMs: number;
  /** When this much waits for acknowledgement, nothing more is taken. */
  readonly bufferBytes: number;
}

/** An event that Kafka's 1 MB would not hold is cut; its beginning says enough to find out who sends such things. */
const MAX_DEAD_CHARACTERS = 256 * 1024;

/** The event as JSON; a value nested too deeply even for that is described. */
function textOf(original: unknown): string {
  try {
    return JSON.stringify(original).slice(0, MAX_DEAD_CHARACTERS);
  } catch {
    return '"nested too deeply to be kept"';
  }
}

const headersOf = (source: string, traceparent: string | undefined): Record<string, string> =>
  traceparent === undefined
    ? { [headers.source]: source }
    : { [headers.traceparent]: traceparent, [headers.source]: source };

/**
 * The same text in memory of its own. What is cut out of a body is a view of it to V8, and a key that waits for the broker
 * would keep the whole body alive: as much again as all records in it, copied by each collection of garbage.
 */
const ownText = (text: string): string => ` ${text}`.slice(1);

/** JSON, not Avro: what was refused had no shape that the schema knows. No partition and offset: it never was on the topic. */
const deadRecord = (entry: DeadEntry): OutgoingRecord => ({
  topic: deadLettersOf(TOPIC),
  key: null,
  value: Buffer.from(textOf(entry.original)),
  headers: {
    ...headersOf(entry.sourceId, entry.traceparent),
    [headers.deadCode]: entry.code,
    [headers.deadReason]: entry.message,
    [headers.deadTopic]: TOPIC,
    [headers.deadPartition]: '-1',
    [headers.deadOffset]: '-1',
    [headers.deadAttempts]: '1',
    [headers.deadAtMs]: String(entry.atMs),
  },
});

const RETRY_AFTER_MS = 2_000;
const unavailable = (): KairosError =>
  new RetryLaterError('BROKER_UNAVAILABLE', errors.BROKER_UNAVAILABLE.sentence, RETRY_AFTER_MS);

/** The log on Kafka. After a failure the producer opens itself anew; until something lands, `trouble` says so. */
export class KafkaEventLog implements EventLog {
  readonly #options: KafkaEventLogOptions;
  #trouble: string | undefined;

  constructor(options: KafkaEventLogOptions) {
    this.#options = options;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The broker answered again (asked by the readiness probe while there is trouble). */
  recovered(): void {
    this.#trouble = undefined;
  }

  append(events: readonly EventEntry[], dead: readonly DeadEntry[]): Promise<void> {
    const { producer, bufferBytes } = this.#options;
    if (producer.pendingBytes > bufferBytes) return Promise.reject(this.#failed('the buffer is full'));
    // Only bytes wait for the broker: the events themselves are garbage once this returns.
    const records = events.map((entry) => this.#eventRecord(entry));
    for (const entry of dead) records.push(deadRecord(entry));
    return this.#acknowledged(producer.send(records), records.length);
  }

  #failed(trouble: string): KairosError {
    this.#trouble = trouble;
    return unavailable();
  }

  #eventRecord({ key, event, traceparent }: EventEntry): OutgoingRecord {
    const value = this.#options.serde.encode(TOPIC, event);
    return { topic: TOPIC, key: ownText(key), value, headers: headersOf(event.source, traceparent) };
  }

  /** What comes later than it may can still land; its client sends it again under the same message id. */
  #acknowledged(sent: Promise<unknown>, records: number): Promise<void> {
    const { producer, log, ackTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      let isLate = false;
      const fail = (error: unknown) => {
        const about = { err: error, records, pendingBytes: producer.pendingBytes };
        log.warn(about, 'events were not acknowledged');
        reject(this.#failed('the broker does not acknowledge'));
      };
      const timer = setTimeout(() => {
        isLate = true;
        fail(new Error(`no acknowledgement within ${ackTimeoutMs} ms`));
      }, ackTimeoutMs);
      sent.then(
        () => {
          if (isLate) return;
          clearTimeout(timer);
          this.#trouble = undefined;
          resolve();
        },
        (error: unknown) => {
          if (isLate) return;
          clearTimeout(timer);
          fail(error);
        },
      );
    });
  }
}

// length: one callback for each thing that a stage tells; apart they would say less.
import { metricNames } from '@kairos/contracts';
import type { Logger } from './logger.ts';
import type { Labels, Metrics } from './metrics.ts';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** The hooks of stream-kit's stages, by their shape: this kit knows no broker. */
export interface MeasuredStage {
  onProduced(about: { readonly topic: string; readonly count: number }): void;
  onDeadLetter(about: Place & { readonly offset: number; readonly code: string; readonly reason: string }): void;
  onFailedTimer(about: Place & { readonly error: unknown }): void;
  onCut(cut: {
    readonly partition: number;
    readonly keys: number;
    readonly bytes: number;
    readonly full: boolean;
    readonly tookMs: number;
  }): void;
  onBatch(
    about: Place & {
      readonly records: number;
      readonly outcomes: Readonly<Record<'applied' | 'repeat' | 'unknown' | 'dead', number>>;
      readonly lag: number;
      readonly timeMs: number;
      readonly seconds: number;
    },
  ): void;
  onRestoring(about: { readonly records: number; readonly ofRecords: number; readonly bytes: number }): void;
  onRestored(about: {
    readonly partition: number;
    readonly keys: number;
    readonly tookMs: number;
    readonly warm: boolean;
  }): void;
  onResumed(about: { readonly partition: number; readonly keys: number }): void;
  onOutage(error: Error): void;
}

type Counting = { add(amount?: number): void };

/** A counter per label value, made once: these run for every record. */
function remembered(make: (value: string) => Counting): (value: string) => Counting {
  const known = new Map<string, Counting>();
  return (value) => {
    const found = known.get(value) ?? make(value);
    known.set(value, found);
    return found;
  };
}

interface Progress {
  readonly lag: number;
  readonly timeMs: number;
}

/**
 * Metrics (and, where something needs a person, log lines) of one task, for `startStage({hooks: stageHooks(…)})`.
 * Reasons of dead letters are not logged: they may quote a value; the letter carries them.
 */
export function stageHooks(metrics: Metrics, task: string, log?: Logger): MeasuredStage {
  const counter = (name: string, help: string, labels: Labels = {}) =>
    metrics.counter(name, help).with({ task, ...labels });
  const consumed = remembered((outcome) => counter(metricNames.recordsConsumed, 'Records read.', { outcome }));
  const produced = remembered((topic) => counter(metricNames.recordsProduced, 'Records acknowledged.', { topic }));
  const dead = remembered((code) => counter(metricNames.deadLetters, 'Records given up.', { code }));
  const started = remembered((from) =>
    counter(metricNames.partitionsStarted, 'Partitions taken on; from = where their state came from.', { from }),
  );
  const repeats = counter(metricNames.repeatsDropped, 'Repeats dropped.');
  const cuts = counter(metricNames.cuts, 'Cuts written.');
  const seconds = metrics.histogram(
    metricNames.batchSeconds,
    'From the first record of a batch to the acknowledgement of its last output.',
  );
  const cutSeconds = metrics.histogram(metricNames.cutSeconds, 'From taking a cut to its acknowledgement.');
  const cutBytes = counter(metricNames.cutBytes, 'Bytes written as cuts.');
  let restored = 1;
  metrics.gauge(metricNames.restoredShare, 'How much of the state was read; 1 = all.', () => [
    { value: restored, labels: { task } },
  ]);
  const progress = new Map<number, Progress>();
  const readings = (read: (of: Progress) => number) => () =>
    [...progress].map(([partition, of]) => ({ value: read(of), labels: { task, partition } }));
  metrics.gauge(
    metricNames.taskLag,
    'Records not yet read.',
    readings(({ lag }) => lag),
  );
  metrics.gauge(
    metricNames.watermarkDelaySeconds,
    'How far the time of the log is behind the clock; -1 before there is time.',
    readings(({ timeMs }) => (timeMs < 0 ? -1 : (Date.now() - timeMs) / 1_000)),
  );
  return {
    onProduced: ({ topic, count }) => produced(topic).add(count),
    onDeadLetter({ topic, partition, offset, code }) {
      dead(code).add();
      log?.warn({ task, topic, partition, offset, code }, 'a record went to the dead letters');
    },
    onFailedTimer({ topic, partition, error }) {
      log?.error({ task, topic, partition, err: error }, 'a timer failed; it stays due');
    },
    onCut({ bytes, tookMs }) {
      cuts.add();
      cutBytes.add(bytes);
      cutSeconds.record(tookMs / 1_000, { task });
    },
    onRestoring({ records, ofRecords }) {
      restored = ofRecords === 0 ? 1 : records / ofRecords;
    },
    onBatch({ partition, outcomes, lag, timeMs, seconds: took }) {
      for (const [outcome, count] of Object.entries(outcomes)) if (count > 0) consumed(outcome).add(count);
      if (outcomes.repeat > 0) repeats.add(outcomes.repeat);
      seconds.record(took, { task });
      progress.set(partition, { lag, timeMs });
    },
    onRestored({ partition, keys, tookMs, warm }) {
      started(warm ? 'copy' : 'changelog').add();
      log?.info({ task, partition, keys, tookMs, warm }, 'state restored');
    },
    onResumed: () => started('memory').add(),
    onOutage: (error) => log?.warn({ task, err: error }, 'the schema registry does not answer; records wait'),
  };
}

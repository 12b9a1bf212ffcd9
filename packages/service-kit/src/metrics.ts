import type { Attributes } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/** Label values are bounded: never a person, an address or a free text. */
export type Labels = Readonly<Record<string, string | number>>;

export interface Counter {
  add(amount?: number, labels?: Labels): void;
  /** A counter with fixed labels: one addition per call, for hot paths. */
  with(labels: Labels): { add(amount?: number): void };
}

export interface Histogram {
  record(value: number, labels?: Labels): void;
}

export interface Reading {
  readonly value: number;
  readonly labels?: Labels;
}

export type GaugeReader = () => number | readonly Reading[];

const readingsOf = (read: GaugeReader): readonly Reading[] => {
  const readings = read();
  return typeof readings === 'number' ? [{ value: readings }] : readings;
};

export interface Metrics {
  counter(name: string, help: string): Counter;
  /** Seconds or bytes, as the name says. `bounds` are the upper bounds of the buckets. */
  histogram(name: string, help: string, bounds?: readonly number[]): Histogram;
  /** Read at each scrape. Several may share a name; their labels then differ. */
  gauge(name: string, help: string, read: GaugeReader): void;
  /** Prometheus text. */
  text(): Promise<string>;
  stop(): Promise<void>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface Cell {
  readonly labels: Labels;
  total: number;
}

/** Adds up in plain numbers and is read at each scrape: the SDK's own counter hashes the labels on every call. */
class AccumulatingCounter implements Counter {
  readonly #cells = new Map<string, Cell>();

  add(amount = 1, labels: Labels = {}): void {
    this.#cell(labels).total += amount;
  }

  with(labels: Labels): { add(amount?: number): void } {
    const cell = this.#cell(labels);
    return {
      add(amount = 1) {
        cell.total += amount;
      },
    };
  }

  observe(report: (total: number, labels: Labels) => void): void {
    for (const { total, labels } of this.#cells.values()) report(total, labels);
  }

  #cell(labels: Labels): Cell {
    const key = JSON.stringify(labels);
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = { labels, total: 0 };
      this.#cells.set(key, cell);
    }
    return cell;
  }
}

/** Metrics of one process: OpenTelemetry's API and SDK, shown as Prometheus text. */
export function createMetrics(service: string, instance?: string): Metrics {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      ...(instance === undefined ? {} : { 'service.instance.id': instance }),
    }),
    readers: [exporter],
  });
  const meter = provider.getMeter('kairos');
  const serializer = new PrometheusSerializer('', false, undefined, false, true);
  const counters = new Map<string, AccumulatingCounter>();
  const histograms = new Map<string, Histogram>();
  const gauges = new Map<string, GaugeReader[]>();
  processGauges((name, description, read) => {
    meter.createObservableGauge(name, { description }).addCallback((result) => result.observe(read()));
  });
  return {
    counter(name, help) {
      const known = counters.get(name);
      if (known !== undefined) return known;
      const counter = new AccumulatingCounter();
      counters.set(name, counter);
      const observable = meter.createObservableCounter(name, { description: help });
      observable.addCallback((result) =>
        counter.observe((total, labels) => result.observe(total, labels as Attributes)),
      );
      return counter;
    },
    histogram(name, help, bounds = SECONDS) {
      const known = histograms.get(name);
      if (known !== undefined) return known;
      const advice = { explicitBucketBoundaries: [...bounds] };
      const made = meter.createHistogram(name, { description: help, advice });
      const histogram: Histogram = { record: (value, labels = {}) => made.record(value, labels as Attributes) };
      histograms.set(name, histogram);
      return histogram;
    },
    gauge(name, help, read) {
      const known = gauges.get(name);
      if (known !== undefined) {
        known.push(read);
        return;
      }
      const readers = [read];
      gauges.set(name, readers);
      meter.createObservableGauge(name, { description: help }).addCallback((result) => {
        for (const { value, labels = {} } of readers.flatMap(readingsOf)) result.observe(value, labels as Attributes);
      });
    },
    async text() {
      const { resourceMetrics } = await exporter.collect();
      return serializer.serialize(resourceMetrics);
    },
    async stop() {
      await provider.shutdown();
    },
  };
}

function processGauges(add: (name: string, help: string, read: () => number) => void): void {
  add('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  add('process_heap_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
  add('process_uptime_seconds', 'Seconds since the process started.', () => process.uptime());
}

import type { CompiledPlaybook } from '@kairos/decisions';
import {
  type KafkaPort,
  type LocalCopies,
  type PlaybookReader,
  type StageHandle,
  startPlaybookReader,
  startStage,
  startTicker,
  type Ticker,
} from '@kairos/stream-kit';
import type { Cluster } from '../world/cluster.ts';
import { type Coordinator, SimPort } from '../world/port.ts';
import { compileOnce } from './playbooks.ts';
import { serde } from './serde.ts';
import { type StageName, stageProcessors } from './stages.ts';

export type ServiceName = 'profile-enricher' | 'trigger-detector' | 'arbitration';

const stagesOf: Readonly<Record<ServiceName, readonly StageName[]>> = {
  'profile-enricher': ['collected', 'decided', 'reported', 'playbook', 'enrich'],
  'trigger-detector': ['detect'],
  arbitration: ['arbitration'],
};

export interface MachineOptions {
  readonly name: string;
  readonly service: ServiceName;
  readonly disk: LocalCopies | undefined;
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly cutEveryMs: number;
  /** How often only a part of what it sends lands at once. */
  readonly pieces: number;
  readonly tickEveryMs: number;
  /** Something happened that a run should have met. */
  count(what: string): void;
  /** The process ends itself. */
  onEnd(machine: Machine, error: Error): void;
}

/** One process of a service, wired as the service's own `wiring.ts` does it. */
export class Machine {
  readonly port: SimPort;
  readonly options: MachineOptions;
  readonly stages = new Map<StageName, StageHandle>();
  #ticker: Ticker | undefined;
  isAlive = true;
  isStarted = false;

  constructor(options: MachineOptions) {
    this.options = options;
    this.port = new SimPort(options.cluster, options.coordinator, options.pieces);
  }

  async start(): Promise<void> {
    const { service, name, tickEveryMs } = this.options;
    const kafka: KafkaPort = this.port;
    const fail = (error: Error): void => this.options.onEnd(this, error);
    const playbooks = await startPlaybookReader<CompiledPlaybook>({
      kafka,
      serde,
      compile: ({ version, offset }) => compileOnce(version, offset),
      fail,
    });
    for (const stage of stagesOf[service]) this.stages.set(stage, await this.#startStage(stage, playbooks, fail));
    const identify = (['collected', 'decided', 'reported', 'playbook'] as const).flatMap(
      (stage) => this.stages.get(stage) ?? [],
    );
    if (identify.length > 0) {
      const sources = () => identify.flatMap((stage) => stage.status());
      this.#ticker = await startTicker({ kafka, serde, instance: name, everyMs: tickEveryMs, sources, fail });
    }
    this.isStarted = true;
  }

  /** As on SIGTERM. */
  async stop(): Promise<void> {
    await this.#ticker?.close();
    await Promise.all([...this.stages.values()].map((stage) => stage.close()));
  }

  die(): void {
    this.isAlive = false;
    this.port.die();
  }

  #startStage(
    stage: StageName,
    playbooks: PlaybookReader<CompiledPlaybook>,
    fail: (error: Error) => void,
  ): Promise<StageHandle> {
    return startStage<unknown, unknown, CompiledPlaybook>({
      kafka: this.port,
      serde,
      processor: stageProcessors[stage],
      groupId: stage,
      playbooks,
      source: this.options.service,
      cutEveryMs: this.options.cutEveryMs,
      localCopies: this.options.disk,
      hooks: {
        onResumed: () => this.options.count('gone on from memory'),
        onRestored: ({ warm }) => {
          if (warm) this.options.count('warm starts');
        },
      },
      fail,
    });
  }
}

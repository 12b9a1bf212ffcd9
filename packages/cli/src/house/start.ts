import { lineReporter, type RunningStack, type Up, up } from '@kairos/local-stack';
import { connectKafka, createSerde, createWalkTopics } from '@kairos/stream-kit';
import { CliError, exitCodes } from '../exit.ts';
import { colours, type Terminal } from '../terminal.ts';
import { choosePorts, planServices, type ServicePorts } from './plan.ts';
import { livePlaybook, publishPlaybook, starterFolder } from './publish.ts';

export interface StartOptions {
  readonly detach: boolean;
  readonly stackOnly: boolean;
  readonly timeScale: number;
  readonly terminal: Terminal;
}

/** Starts stack and services; creates the topics and publishes the starter playbook where none is live. */
export async function startHouse(options: StartOptions): Promise<Up> {
  const { terminal } = options;
  let ports: ServicePorts | undefined;
  return up(
    {
      detach: options.detach,
      prepare: async (stack) => {
        if (options.stackOnly) return;
        ports = await choosePorts();
        await prepareLog(stack, options);
      },
      services: (stack, secrets) => (ports === undefined ? [] : planServices(stack, secrets, ports)),
    },
    lineReporter((line) => terminal.line(colours.dim(line))),
  );
}

/** `KAIROS_PARTITIONS` as the services read it: topics are made once, by whoever comes first. */
function partitionsAsked(): { readonly partitions?: number } {
  const asked = process.env.KAIROS_PARTITIONS;
  if (asked === undefined || asked === '') return {};
  const partitions = Number(asked);
  if (Number.isSafeInteger(partitions) && partitions >= 1 && partitions <= 1024) return { partitions };
  throw new CliError(`KAIROS_PARTITIONS is "${asked}": give a whole number from 1 to 1024.`, exitCodes.badConfig);
}

async function prepareLog(stack: RunningStack, { timeScale, terminal }: StartOptions): Promise<void> {
  const kafka = await connectKafka({ brokers: stack.address('kafka').split(','), clientId: 'kairos-cli' });
  try {
    await createWalkTopics(kafka, partitionsAsked());
    const serde = await createSerde({ registryUrl: stack.address('registry') });
    const live = await livePlaybook(kafka, serde);
    if (live !== null && live.timeScale === timeScale) return;
    const published = await publishPlaybook(
      { kafka, serde },
      { folder: starterFolder, timeScale, publishedBy: 'kairos up' },
    );
    terminal.line(
      `The starter playbook is live: ${published.definitions} definitions, version ${published.version.slice(0, 12)}.`,
    );
  } finally {
    await kafka.close();
  }
}

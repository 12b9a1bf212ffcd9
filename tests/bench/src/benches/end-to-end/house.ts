import { choosePorts, planServices } from '@kairos/cli';
import { loadOrCreateSecrets, type RunningStack, startServices } from '@kairos/local-stack';
import { treeCpuS } from '../../kit/proc.ts';

/** The services that an event walks through on its way to a mail. Console and metrics stand beside the way. */
const WALK = ['collector', 'profile-enricher', 'trigger-detector', 'arbitration', 'channel-dispatchers'];
/** Topics on that way: collected, identified, enriched, proposed, chosen. */
export const HOPS = 5;

export interface House {
  readonly collectorPort: number;
  readonly writeKey: string;
  /** User and system time that the services have used so far. */
  cpuS(): number;
  stop(): Promise<void>;
}

/** Starts the services of the walk on a stack, as `kairos up` would, with `env` for each. */
export const startWalk = async (stack: RunningStack, env: Readonly<Record<string, string>>): Promise<House> => {
  const secrets = loadOrCreateSecrets(stack.home);
  const ports = await choosePorts();
  const plan = planServices(stack, secrets, ports).filter(({ instance }) => WALK.includes(instance));
  const unlimited = { COLLECTOR_EVENTS_PER_SECOND: '100000000', COLLECTOR_EVENTS_BURST: '100000000' };
  const services = await startServices({
    stack,
    env: { LOG_LEVEL: 'warn', KAIROS_PARTITIONS: '4', ...env },
    services: plan.map((spec) =>
      spec.instance === 'collector' ? { ...spec, env: { ...spec.env, ...unlimited } } : spec,
    ),
  });
  return {
    collectorPort: Number(new URL(services.url('collector')).port),
    writeKey: secrets.writeKeys.server,
    cpuS: () =>
      services.list().reduce((sum, { process }) => sum + (process === undefined ? 0 : treeCpuS(process.pid)), 0),
    stop: () => services.stop(),
  };
};

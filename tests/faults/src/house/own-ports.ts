import { type ServiceName, serviceNames } from '@kairos/cli';
import { choosePort, releasePort } from '@kairos/local-stack';

/** Ports of one house, chosen once, so that whoever comes back comes back to its address. */
export interface HousePorts {
  /** The broker's second listener, behind the door. */
  readonly broker: number;
  readonly services: Readonly<Record<ServiceName, number>>;
}

/**
 * At random, and none of those that every house tries first: several houses of a run start and kill services at the same
 * time, and the port of one that is down for a moment must not be another's first choice. Nor are they ports that the
 * system gives to outgoing connections, which would keep a broker from coming back.
 */
export async function ownPorts(): Promise<HousePorts> {
  const broker = await choosePort();
  const services: [ServiceName, number][] = [];
  for (const name of serviceNames) services.push([name, await choosePort()]);
  // The launcher chooses them once more, and these are the ones that it finds free.
  for (const port of [broker, ...services.map(([, one]) => one)]) releasePort(port);
  return { broker, services: Object.fromEntries(services) as HousePorts['services'] };
}

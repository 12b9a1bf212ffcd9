import { existsSync } from 'node:fs';
import { homePaths, readJson } from './home.ts';
import { isReady } from './probe.ts';
import { isAlive } from './processes.ts';
import { withoutPassword } from './reporter.ts';
import { answersReady, type ServiceState } from './service-process.ts';
import { serviceRecords } from './services.ts';
import { livingSupervisor } from './supervisor.ts';
import { PART_NAMES, type PartName, type PartRecord, type Picked } from './types.ts';

export interface PartStatus {
  readonly name: PartName;
  readonly picked: Picked;
  readonly why: string;
  /** Without the password; the whole one is in `run/stack.json`. */
  readonly address: string;
  readonly pid?: number;
  /** Our process lives; for what is not our process: it answers. */
  readonly running: boolean;
  readonly ready: boolean;
}

export interface ServiceStatus {
  readonly instance: string;
  readonly url: string;
  readonly state: ServiceState;
  readonly pid?: number;
  readonly running: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  readonly lastExit?: string;
}

export interface HouseStatus {
  readonly home: string;
  readonly supervisor?: { readonly pid: number; readonly mode: 'foreground' | 'background' };
  readonly parts: readonly PartStatus[];
  readonly services: readonly ServiceStatus[];
}

async function partStatus(record: PartRecord): Promise<PartStatus> {
  const { name, picked, why, address, process } = record;
  const alive = process === undefined ? undefined : isAlive(process);
  const ready = alive !== false && (await isReady(name, address));
  return {
    name,
    picked,
    why,
    address: withoutPassword(address),
    ...(process === undefined ? {} : { pid: process.pid }),
    running: alive ?? ready,
    ready,
  };
}

/** What runs in a home, asked anew: every process is looked up, every address is spoken to. As JSON. */
export async function status(home: string): Promise<HouseStatus> {
  const paths = homePaths(home);
  if (!existsSync(paths.run)) return { home, parts: [], services: [] };
  const records = PART_NAMES.map((part) => readJson<PartRecord>(paths.partFile(part)));
  const parts = records.filter((record) => record !== undefined).map(partStatus);
  const services = serviceRecords(paths).map(async (record): Promise<ServiceStatus> => {
    const { instance, url, state, process, restarts, lastExit } = record;
    const running = process !== undefined && isAlive(process);
    return {
      instance,
      url,
      state,
      ...(process === undefined ? {} : { pid: process.pid }),
      running,
      ready: running && (await answersReady(url)),
      restarts,
      ...(lastExit === undefined ? {} : { lastExit }),
    };
  });
  const supervisor = livingSupervisor(paths);
  return {
    home,
    ...(supervisor === undefined ? {} : { supervisor: { pid: supervisor.process.pid, mode: supervisor.mode } }),
    parts: await Promise.all(parts),
    services: await Promise.all(services),
  };
}

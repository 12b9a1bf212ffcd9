import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readJson } from './home.ts';
import { identify, isAlive, spawnChild } from './processes.ts';
import { silentReporter } from './reporter.ts';
import { type House, type RunningServices, type ServiceSpec, type ServicesOptions, startServices } from './services.ts';
import { status } from './status.ts';
import { startSupervisor } from './supervisor.ts';
import { down } from './up.ts';

jest.setTimeout(60_000);

const entry = join(import.meta.dirname, 'fixtures', 'crash-only-service.mjs');
const cleanUp: (() => Promise<void> | void)[] = [];

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'kairos-services-'));
  cleanUp.push(() => rmSync(home, { recursive: true }));
  return home;
}

async function start(
  home: string,
  services: readonly ServiceSpec[],
  more: Partial<ServicesOptions> = {},
): Promise<RunningServices> {
  const stack = { home, env: { KAFKA_BROKERS: '127.0.0.1:9' } };
  const running = await startServices({ stack, services, reporter: silentReporter, ...more });
  cleanUp.push(running.stop);
  return running;
}

interface Told {
  pid: number;
  env: Record<string, string>;
}

const ask = async (url: string): Promise<Told> => (await (await fetch(url)).json()) as Told;

afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

describe('services under supervision', () => {
  it('are ready when the start resolves, each at an address of its own with its environment', async () => {
    const home = newHome();
    const services = await start(
      home,
      [
        { instance: 'detector', entry, env: { READY_AFTER_MS: '300' } },
        { instance: 'detector#2', entry, env: { OWN: 'second' } },
      ],
      { env: { LOG_LEVEL: 'warn' } },
    );
    const [first, second] = [await ask(services.url('detector')), await ask(services.url('detector#2'))];
    expect(first.pid).not.toBe(second.pid);
    expect(second.env).toMatchObject({
      OWN: 'second',
      LOG_LEVEL: 'warn',
      KAFKA_BROKERS: '127.0.0.1:9',
      KAIROS_INSTANCE: 'detector-2',
    });
    const house = readJson<House>(join(home, 'run', 'house.json'));
    expect(house?.services['detector#2']).toEqual({ url: services.url('detector#2'), pid: second.pid, state: 'ready' });
    expect(house?.kafka).toBe('127.0.0.1:9');
    expect(statSync(join(home, 'run', 'house.json')).mode & 0o777).toBe(0o600);
  });

  it('come back at the same address after a crash, and after ending themselves', async () => {
    const services = await start(newHome(), [{ instance: 'detector', entry }]);
    const first = await ask(services.url('detector'));
    await services.killService('detector');
    await services.untilReady('detector');
    const second = await ask(services.url('detector'));
    expect(second.pid).not.toBe(first.pid);
    await fetch(`${services.url('detector')}/exit/1`);
    while ((services.list()[0]?.restarts ?? 0) < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await services.untilReady('detector');
    expect(services.list()[0]).toMatchObject({ restarts: 2, lastExit: 'exit code 1', state: 'ready' });
  });

  it('stay down when stopped, or killed for good, until started again', async () => {
    const home = newHome();
    const services = await start(home, [{ instance: 'detector', entry }]);
    const { pid } = await ask(services.url('detector'));
    await services.stopService('detector');
    expect(identify(pid)).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 400));
    await expect(ask(services.url('detector'))).rejects.toThrow();
    await services.startService('detector');
    const again = await ask(services.url('detector'));
    await services.killService('detector', { restart: false });
    expect(identify(again.pid)).toBeUndefined();
    expect((await status(home)).services[0]).toMatchObject({ state: 'stopped', running: false, ready: false });
  });

  it('can be joined by a further instance while they run', async () => {
    const services = await start(newHome(), [{ instance: 'detector', entry }]);
    await services.startService({ instance: 'detector#2', entry });
    expect(services.list().map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  it('are killed when they do not heed SIGTERM within their grace', async () => {
    const services = await start(newHome(), [{ instance: 'deaf', entry, env: { DEAF: '1' } }], { stopGraceMs: 200 });
    const { pid } = await ask(services.url('deaf'));
    await services.stop();
    expect(identify(pid)).toBeUndefined();
  });

  it('are not restarted in vain when their configuration is wrong: the start fails and says where to look', async () => {
    const home = newHome();
    const bad = { instance: 'bad', entry, env: { EXIT_AT_START: '78' } };
    await expect(start(home, [{ instance: 'good', entry }, bad])).rejects.toThrow(
      /bad ended \(exit code 78\).*bad\.log/,
    );
    // The good one has been ended with it.
    expect((await status(home)).services).toEqual([]);
  });

  it('name what is missing when they are not built', async () => {
    await expect(start(newHome(), [{ instance: 'no-such-service' }])).rejects.toThrow(
      /dist\/main\.js is missing: build first/,
    );
  });

  it('are ended when the start is given up', async () => {
    const home = newHome();
    const slow = { instance: 'slow', entry, env: { READY_AFTER_MS: '60000' } };
    await expect(start(home, [slow], { signal: AbortSignal.timeout(500) })).rejects.toThrow('slow ended');
    expect((await status(home)).services).toEqual([]);
  });
});

describe('services of a launcher that was killed', () => {
  it('are ended and started anew by the next one', async () => {
    const home = newHome();
    const plan = { home, stackEnv: {}, services: [{ instance: 'detector', entry }], env: {} };
    const supervisor = await startSupervisor(plan, silentReporter);
    const orphan = readJson<House>(join(home, 'run', 'house.json'))?.services.detector?.pid ?? 0;
    process.kill(supervisor.pid, 'SIGKILL');
    while (isAlive(supervisor)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(identify(orphan)).toBeDefined();
    const services = await start(home, plan.services);
    expect(identify(orphan)).toBeUndefined();
    expect((await ask(services.url('detector'))).pid).not.toBe(orphan);
  });
});

describe('services in the background', () => {
  it('are looked after by a process of their own until down, and two do not look after the same one', async () => {
    const home = newHome();
    const plan = { home, stackEnv: {}, services: [{ instance: 'detector', entry }], env: {} };
    await startSupervisor(plan, silentReporter);
    const before = await status(home);
    expect(before.supervisor?.mode).toBe('background');
    expect(before.services[0]).toMatchObject({ instance: 'detector', running: true, ready: true });
    await expect(start(home, plan.services)).rejects.toThrow(`looked after by process ${before.supervisor?.pid}`);

    const pid = before.services[0]?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    let now = await status(home);
    while (!now.services[0]?.ready || now.services[0].pid === pid) now = await status(home);
    expect(now.services[0]).toMatchObject({ restarts: 1, lastExit: 'signal SIGKILL' });

    await down(home);
    expect(await status(home)).toEqual({ home, parts: [], services: [] });
    expect(identify(now.services[0].pid ?? 0)).toBeUndefined();
    expect(existsSync(join(home, 'run', 'plan.json'))).toBe(false);
  });

  it('tell why when they do not start, and leave nothing running', async () => {
    const home = newHome();
    const plan = { home, stackEnv: {}, services: [{ instance: 'bad', entry, env: { EXIT_AT_START: '78' } }], env: {} };
    await expect(startSupervisor(plan, silentReporter)).rejects.toThrow('bad ended (exit code 78)');
    await down(home);
    expect((await status(home)).services).toEqual([]);
  });
});

describe('the foreground', () => {
  it('ends everything on Ctrl-C, services first, and tells so by its exit code', async () => {
    const home = newHome();
    const script = join(import.meta.dirname, 'fixtures', 'foreground.mjs');
    const logFile = join(home, 'foreground.log');
    const launcher = await spawnChild({
      command: process.execPath,
      args: [script, home, entry],
      logFile,
      env: { NODE_OPTIONS: '' },
    });
    const log = () => readFileSync(logFile, 'utf8');
    while (!log().includes('all is up')) {
      if (launcher.hasExited()) throw new Error(log());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const before = await status(home);
    expect(before.supervisor).toEqual({ pid: launcher.identity.pid, mode: 'foreground' });
    expect(before.parts.map(({ ready }) => ready)).toEqual([true]);
    process.kill(launcher.identity.pid, 'SIGINT');
    expect(await launcher.exited).toBe('exit code 130');
    expect(log()).toMatch(
      /Stopping: services finish what they have begun.*Ctrl-C again ends them at once.*Everything has stopped\./s,
    );
    const left = [...before.parts, ...before.services].filter(({ pid }) => identify(pid ?? 0) !== undefined);
    expect(left).toEqual([]);
    expect(await status(home)).toEqual({ home, parts: [], services: [] });
  });
});

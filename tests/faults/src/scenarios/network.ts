import { setTimeout as delay } from 'node:timers/promises';
import { Findings, type Promised } from '../checker/findings.ts';
import { TcpProxy, type Weather } from '../house/tcp-proxy.ts';
import { hasReadTo, readersBehind, workOf } from './groups.ts';
import { type LiveRun, liveRun, until } from './live-run.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';

interface Spell {
  readonly name: string;
  readonly weather: Weather | 'reset' | 'refuse' | 'forget';
  readonly ms: number;
}

export const spellsOf = (short: boolean): readonly Spell[] => [
  { name: '200 ms of latency', weather: { latencyMs: 200 }, ms: short ? 4_000 : 8_000 },
  { name: 'a drip of 30 kB/s', weather: { bytesPerS: 30_000 }, ms: short ? 4_000 : 8_000 },
  { name: 'resets', weather: 'reset', ms: 500 },
  { name: 'a black hole', weather: { blackhole: true }, ms: short ? 6_000 : 20_000 },
  { name: 'half-open connections', weather: { halfOpen: true }, ms: short ? 4_000 : 10_000 },
  { name: 'refused connections', weather: 'refuse', ms: short ? 3_000 : 8_000 },
  { name: 'forgotten connections', weather: 'forget', ms: 0 },
];

/** Within this the walk must go on once the weather is fine again; without anybody's hand. */
export const HEALED_MS = 15_000;
/** A connection that died without a word is found dead when an answer stays away: kafkajs waits 20 s for one. */
export const FOUND_DEAD_MS = 35_000;

/** Bad weather between the services and the broker, and between arbitration and Redis. */
export const network: Scenario = {
  name: 'network',
  about: 'latency, drip, resets, black hole, half open: on the way to the broker and to Redis',
  async run(context) {
    const { short, events, house } = context;
    const { hostname, port } = new URL(house.stack.address('redis'));
    const toRedis = await TcpProxy.open(() => ({ host: hostname, port: Number(port) }));
    house.door.welcome();
    try {
      return await liveRun(context, {
        instances: ['profile-enricher', 'trigger-detector', 'arbitration', 'channel-dispatchers'],
        env: {
          KAFKA_BROKERS: house.brokersThroughDoor,
          REDIS_URL: throughPort(house.stack.address('redis'), toRedis.port),
        },
        load: { persons: short ? 400 : 2_000, eventsPerS: 200, ...(events === undefined ? {} : { events }) },
        during: async (run) => {
          const promises: Promised[] = [];
          const spells = spellsOf(short);
          const chosen = short ? spells.filter(({ name }) => name !== 'refused connections') : spells;
          for (const spell of chosen)
            promises.push(await through(context, run, { link: 'the broker', proxy: house.door, spell }));
          for (const spell of spells.slice(2)) {
            promises.push(await through(context, run, { link: 'Redis', proxy: toRedis, spell }));
          }
          return promises;
        },
      });
    } finally {
      await toRedis.close();
      house.door.welcome();
    }
  },
};

function throughPort(address: string, port: number): string {
  const url = new URL(address);
  url.port = String(port);
  return url.href.replace(/\/$/, '');
}

interface Passage {
  readonly link: string;
  readonly proxy: TcpProxy;
  readonly spell: Spell;
}

/** One spell of bad weather on one link, and how soon the walk goes on after it. */
export async function through(
  { house, say }: ScenarioContext,
  { log, proposed }: LiveRun,
  { link, proxy, spell }: Passage,
): Promise<Promised> {
  const findings = new Findings(link);
  const { name, weather, ms } = spell;
  say(`${name} on the way to ${link}`);
  if (weather === 'reset') proxy.reset();
  else if (weather === 'refuse') proxy.reset({ refuse: true });
  else if (weather === 'forget') proxy.forget();
  else proxy.set(weather);
  await delay(ms);
  const connections = proxy.connections;
  proxy.welcome();
  const healedMs = Date.now();
  // Time in the log has passed the moment of the healing: every source, enrich and detect work. And who uses Redis has read
  // in each partition what had been written by then.
  const behind = [workOf('arbitration'), ...readersBehind(house.services.list().map(({ instance }) => instance))];
  const ends = await Promise.all(behind.map(({ topic }) => log.kafka.offsets(topic)));
  await until(`the walk goes on after ${name} on the way to ${link}`, 90_000, async () => {
    if (proposed.timeMs < healedMs) return false;
    const read = await Promise.all(behind.map((work, at) => hasReadTo(log.kafka, work, ends[at] ?? new Map())));
    return read.every(Boolean);
  });
  const backMs = Date.now() - healedMs;
  const limitMs = weather === 'forget' ? FOUND_DEAD_MS : HEALED_MS;
  if (backMs > limitMs) findings.add('slow', `the walk went on ${backMs} ms after the healing`);
  return {
    promise: `${name} on the way to ${link} for ${ms / 1_000} s: the walk goes on within ${limitMs / 1_000} s`,
    findings: findings.all,
    figures: { 'on again after s': (backMs / 1_000).toFixed(1), connections },
  };
}

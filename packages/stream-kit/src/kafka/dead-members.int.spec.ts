import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import type { KafkaPort } from '../ports.ts';
import { connectKafka } from './connect-kafka.ts';
import { collect, fresh, topicOn, until } from './port-kit.fixture.ts';

const SESSION_MS = 20_000;
let stack: RunningStack;
const ports: KafkaPort[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka'] });
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(ports.map((port) => port.close()));
  await stack.stop();
}, 60_000);

const portNamed = async (memberName: string): Promise<KafkaPort> => {
  const brokers = stack.address('kafka');
  const port = await connectKafka({ brokers, clientId: memberName, memberName, sessionTimeoutMs: SESSION_MS });
  ports.push(port);
  return port;
};

/** A member in a process of its own, which is killed once it has its partitions. */
const killedMember = async (memberName: string, groupId: string, topic: string): Promise<void> => {
  const dist = path.resolve(import.meta.dirname, '../../dist/index.js');
  const connection = {
    brokers: stack.address('kafka'),
    clientId: memberName,
    memberName,
    sessionTimeoutMs: SESSION_MS,
  };
  const script = `
    const { connectKafka } = await import(${JSON.stringify(dist)});
    const kafka = await connectKafka(${JSON.stringify(connection)});
    await kafka.consumer({ groupId: ${JSON.stringify(groupId)}, topics: [${JSON.stringify(topic)}], handlers: {
      assigned: async () => { console.log('assigned'); return new Map(); },
      revoked: async () => {}, batch: async () => {}, failed: () => {},
    } });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  // The group is at rest, as after a while of work.
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill('SIGKILL');
  await once(child, 'exit');
};

it('takes over at once from a killed process of the same name, and leaves members of other names alone', async () => {
  const topic = await topicOn(await portNamed('bystander'), 'dead', 2);
  const groupId = fresh('group');
  await killedMember('machine:detector.0', groupId, topic);
  const startMs = Date.now();
  const successor = await collect(await portNamed('machine:detector.0'), { groupId, topic });
  await until('its partitions', () => successor.assigned.size > 0, 2 * SESSION_MS);
  const took = Date.now() - startMs;
  expect(took).toBeLessThan(SESSION_MS / 2);
  const other = await collect(await portNamed('machine:detector.1'), { groupId, topic });
  await until('one each', () => successor.assigned.size === 1 && other.assigned.size === 1, 2 * SESSION_MS);
  // It was never sent away: it had both, and kept one.
  expect(successor.assignments).toEqual([2]);
  for (const { consumer } of [other, successor]) await consumer.close();
  process.stderr.write(`a successor of the same name had its partitions after ${took} ms\n`);
}, 120_000);

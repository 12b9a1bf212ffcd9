import { afterAll, beforeAll } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { connectKafka } from './connect-kafka.ts';
import { portConformance } from './port-conformance.fixture.ts';
import { portEdges } from './port-edges.fixture.ts';
import { portGroups } from './port-groups.fixture.ts';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka'] });
}, 120_000);
afterAll(() => stack.stop());

const open = (producer: 'wire' | 'kafkajs') => () =>
  connectKafka({ brokers: stack.address('kafka'), clientId: 'conformance', producer });

portConformance('kafkajs consumes, our own encoder produces', open('wire'));
portGroups('kafkajs consumes, our own encoder produces', open('wire'));
portEdges('kafkajs consumes, our own encoder produces', open('wire'));
portConformance('kafkajs both ways', open('kafkajs'));
portGroups('kafkajs both ways', open('kafkajs'));
portEdges('kafkajs both ways', open('kafkajs'));

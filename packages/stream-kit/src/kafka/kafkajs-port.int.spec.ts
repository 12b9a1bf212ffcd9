import { afterAll, beforeAll } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { connectKafka } from './connect-kafka.ts';
import { lateMember } from './late-member.fixture.ts';
import { portConformance } from './port-conformance.fixture.ts';
import { portEdges } from './port-edges.fixture.ts';
import { portGroups } from './port-groups.fixture.ts';
import { portStays } from './port-stays.fixture.ts';

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
portStays(
  'kafkajs joins groups',
  open('wire'),
  lateMember(() => stack.address('kafka')),
);
portConformance('kafkajs both ways', open('kafkajs'));
portGroups('kafkajs both ways', open('kafkajs'));
portEdges('kafkajs both ways', open('kafkajs'));

import { afterAll, beforeAll } from '@jest/globals';
import { type RunningStack, startTestStack } from '@kairos/local-stack';
import { connectKafka } from './connect-kafka.ts';
import { portConformance } from './port-conformance.fixture.ts';

let stack: RunningStack;
beforeAll(async () => {
  stack = await startTestStack({ parts: ['kafka'] });
}, 120_000);
afterAll(() => stack.stop());

portConformance('kafkajs', () => connectKafka({ brokers: stack.address('kafka'), clientId: 'conformance' }));

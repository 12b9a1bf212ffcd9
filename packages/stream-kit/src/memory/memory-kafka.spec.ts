import { portConformance } from '../kafka/port-conformance.fixture.ts';
import { memoryKafka } from './memory-kafka.ts';

portConformance('in memory', async () => memoryKafka());

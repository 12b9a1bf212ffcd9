import { portConformance } from '../kafka/port-conformance.fixture.ts';
import { memoryKafka } from './memory-kafka.ts';

const cluster = memoryKafka();
portConformance('in memory', async () => cluster.another());

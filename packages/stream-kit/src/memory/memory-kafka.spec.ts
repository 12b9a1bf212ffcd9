import { portConformance } from '../kafka/port-conformance.fixture.ts';
import { portEdges } from '../kafka/port-edges.fixture.ts';
import { memoryKafka } from './memory-kafka.ts';

const cluster = memoryKafka();
portConformance('in memory', async () => cluster.another());
portEdges('in memory', async () => cluster.another());

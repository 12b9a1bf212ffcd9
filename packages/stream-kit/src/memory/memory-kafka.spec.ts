import { portConformance } from '../kafka/port-conformance.fixture.ts';
import { portEdges } from '../kafka/port-edges.fixture.ts';
import { portGroups } from '../kafka/port-groups.fixture.ts';
import { portStays } from '../kafka/port-stays.fixture.ts';
import { memoryKafka } from './memory-kafka.ts';

const cluster = memoryKafka();
portConformance('in memory', async () => cluster.another());
portGroups('in memory', async () => cluster.another());
portEdges('in memory', async () => cluster.another());
portStays('in memory', async () => cluster.another());

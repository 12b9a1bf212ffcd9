import { runService } from '@kairos/service-kit';
import { collectorConfig } from './config.ts';
import { wire } from './wiring.ts';

await runService({ name: 'collector', version: '0.1.0', config: collectorConfig, start: wire });

import { runService } from '@kairos/service-kit';
import { config } from './config.ts';
import { wire } from './wiring.ts';

await runService({ name: 'arbitration', config, start: wire });

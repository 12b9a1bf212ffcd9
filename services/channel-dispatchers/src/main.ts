import { runService } from '@kairos/service-kit';
import { config } from './config.ts';
import { wire } from './wiring.ts';

await runService({ name: 'channel-dispatchers', version: '0.1.0', config, start: wire });

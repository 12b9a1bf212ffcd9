import { runService } from '@kairos/service-kit';
import { consoleConfig } from './config.ts';
import { wire } from './wiring.ts';

await runService({ name: 'console', version: '0.1.0', config: consoleConfig, start: wire });

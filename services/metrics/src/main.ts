import { runService } from '@kairos/service-kit';
import { config } from './config.ts';
import { start } from './wiring.ts';

runService({ name: 'metrics', config, start });

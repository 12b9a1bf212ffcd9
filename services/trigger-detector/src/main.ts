import { runService } from '@kairos/service-kit';
import { config } from './config.ts';
import { start } from './wiring.ts';

await runService({ name: 'trigger-detector', config, start });

import { runService } from '@kairos/service-kit';
import { config } from './config.ts';
import { start } from './wiring.ts';

await runService({ name: 'profile-enricher', config, start });

import { parentPort } from 'node:worker_threads';
import type { Way } from './messages.ts';
import { walkShare } from './walk-share.ts';

if (parentPort !== null) walkShare(parentPort as Way);

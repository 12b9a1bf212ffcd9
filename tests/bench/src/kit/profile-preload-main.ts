import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';
import { PROFILES_KEY } from './service-profiles.ts';

// Preloaded into a service by NODE_OPTIONS, which does not take --cpu-prof.
const folder = process.env[PROFILES_KEY];
if (folder !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    // services/<name>/dist/bundle/main.js, or compiled
    const name = /services\/([^/]+)\//.exec(process.argv[1] ?? '')?.[1] ?? 'service';
    session.post('Profiler.stop', (error, result) => {
      if (error !== null) return;
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${name}-${process.pid}.cpuprofile`), JSON.stringify(result.profile));
    });
  });
}

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './home.ts';

const changedMs = (file: string): number => (existsSync(file) ? statSync(file).mtimeMs : 0);

/**
 * What Node is given to start a service: its bundle, which starts in a third of the time (docs/adr/0018). Where something
 * was compiled after it, as by an editor or a bare `tsc -b`, the compiled files themselves: never what was.
 */
export function serviceEntry(name: string, repository: string = REPOSITORY): string {
  const dist = join(repository, 'services', name, 'dist');
  const bundle = join(dist, 'bundle', 'main.js');
  const packages = join(repository, 'packages');
  const rooms = [dist, ...readdirSync(packages).map((room) => join(packages, room, 'dist'))];
  const compiledMs = Math.max(...rooms.map((room) => changedMs(join(room, '.tsbuildinfo'))));
  return existsSync(bundle) && changedMs(bundle) >= compiledMs ? bundle : join(dist, 'main.js');
}

import path from 'node:path';

/** Where vite writes the pages. `src/adapters`, `dist/adapters` and the bundle's folder lie at the same depth. */
export const webFolder = path.resolve(import.meta.dirname, '../../dist/web');

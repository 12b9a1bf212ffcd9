import path from 'node:path';

/** Mappings that ship with Kairos. `src/import`, `dist/import` and the bundle's folder lie at the same depth. */
export const shippedFolder = path.resolve(import.meta.dirname, '../../mappings');

import type { Restored, StateImage } from './restored.ts';

/** What was restored, as it is now. Undefined where there is nothing. */
export const imageOf = ({ states, meta, toOffset, known, cuts, fullBytes }: Restored): StateImage | undefined =>
  meta === undefined
    ? undefined
    : {
        meta: JSON.stringify(meta),
        toOffset,
        known: [...known].map(([key, about]) => ({ key, ...about })),
        cuts,
        fullBytes,
        packed: states.image(),
      };

// The part of the reference page that names what is known of a person; called by generate.mjs.

export const profileFieldsPage = (/** @type {any} */ { profileTypes }) => [
  '### Fields of the profile',
  '',
  'As it stands after the event. A comparison that the type can never fulfil is an error of lint.',
  '',
  '| field | type | meaning |',
  '|---|---|---|',
  ...Object.entries(profileTypes).map(([name, { type, meaning }]) => `| \`${name}\` | ${type} | ${meaning} |`),
  '',
];

/** What must be known to use a computed trait well. */
export const computedTraitsPage = (/** @type {any} */ { MAX_DISTINCT, MAX_TOP }) => [
  '- `profile.computed.<id>` may be read by conditions, templates, segments and `changes:` of a trigger; an unknown id is an',
  '  error of lint. Without events `count`, `sum` and `distinct` are 0, the others unknown.',
  '- It counts what has happened since it was first published, and starts anew when its id, `of`, `where`, `compute`, `value`',
  '  or `within` changes; other words change nothing. Events of the past that are imported, or replayed, fill it. While it is',
  '  `paused` it counts nothing and is unknown, and what was counted is kept.',
  '- An event counts where it happened (`occurredAt`), however late it arrives: the order of arrival changes nothing. Two',
  '  persons who turn out to be one have the value of both stories together. A client’s repeat counts once.',
  '- The window ends at the log time of the event at hand and runs out by itself: nothing is stale at the next event of the',
  '  person. Until then nobody asks: segments, `profiles.changed` and the console show it as of the last event.',
  '- Windows go by buckets on the grid of UTC, 100 at most (`top`: 32): an event counts for up to one bucket longer than the',
  '  window, which is 1 % to 2.5 % of it (`top`: 3 % to 8 %), a second at least. `30d` has buckets of 12 hours.',
  '- Sums are of exact decimals. What is no amount is left out of `sum`, `average`, `min` and `max`.',
  `- Values are told apart by their text, of which 100 characters are kept. \`distinct\` knows the last ${MAX_DISTINCT} values, and says`,
  `  ${MAX_DISTINCT} for more. \`top\` counts ${MAX_TOP}; of more the rarest are forgotten, so use it for categories, not for products. Of two`,
  '  that are equally frequent, or of the same instant, it is the one that sorts first.',
  '',
];

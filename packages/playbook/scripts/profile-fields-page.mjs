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

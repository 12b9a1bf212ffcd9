/** Variables that an expression may use. */
export const variables = ['event', 'properties', 'profile', 'segments', 'history', 'now'] as const;

/** Variables that only a journey knows: what made it start, and what became of its sends, by message. */
export const journeyVariables = ['evidence', 'sends', 'reasons'] as const;
export type Variable = (typeof variables)[number] | (typeof journeyVariables)[number];

/** Fields of `event`. */
export const eventFields = ['name', 'type', 'source', 'occurredAtMs'] as const;

/** Fields of the profile that a message needs to reach and address a person, so they always travel. */
export const alwaysProjected = ['personId', 'email', 'firstName', 'lastName', 'zone', 'locale'] as const;

const variableSet: ReadonlySet<string> = new Set([...variables, ...journeyVariables]);
export const isVariable = (name: string): name is Variable => variableSet.has(name);

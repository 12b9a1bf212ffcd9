/** As many as a house may have live triggers, and more. */
const GOALS = 5_000;

export const range = { fromMs: { type: 'integer', minimum: 1 }, toMs: { type: 'integer', minimum: 1 } } as const;
export const goalsBody = {
  type: 'object',
  required: ['goals', 'fromMs'],
  properties: {
    ...range,
    goals: {
      type: 'array',
      maxItems: GOALS,
      items: {
        type: 'object',
        required: ['triggerId', 'event', 'withinMs'],
        properties: {
          triggerId: { type: 'string', maxLength: 256 },
          event: { type: 'string', maxLength: 256 },
          withinMs: { type: 'integer', minimum: 0 },
        },
      },
    },
  },
} as const;

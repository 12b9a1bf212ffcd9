/** What staff can say when they are done with a task, in the order in which the buttons stand. */
export const taskOutcomes = {
  done: { label: 'Done', sentence: 'What the task asked for was done.' },
  reached: { label: 'Reached', sentence: 'The customer was reached.' },
  interested: { label: 'Interested', sentence: 'The customer was reached and wants more.' },
  notReached: { label: 'Not reached', sentence: 'The customer could not be reached.' },
  notInterested: { label: 'Not interested', sentence: 'The customer was reached and does not want it.' },
  notSuitable: { label: 'Not suitable', sentence: 'The task did not suit the customer, and nothing was done.' },
} as const;

export type TaskOutcome = keyof typeof taskOutcomes;

/** Names of the events by which a task's story comes home. */
export const taskEvents = {
  claimed: 'Task Claimed',
  released: 'Task Released',
  done: 'Task Done',
} as const;

import type { SourceDefinition, TrackingPlanDefinition } from '@kairos/decisions';
import { list, quote } from './describe-words.ts';

const MAX_NAMED = 5;

export function describeTrackingPlan({ id, events }: TrackingPlanDefinition): string {
  const named = events.slice(0, MAX_NAMED).map(({ name, properties }) => {
    const required = properties.filter((one) => one.required).map(({ path }) => path);
    return `${quote(name)}${required.length === 0 ? '' : ` with ${list(required, 'and')}`}`;
  });
  const rest = events.length - named.length;
  const all = rest > 0 ? [...named, `${rest} more`] : named;
  const count = `${events.length} event${events.length === 1 ? '' : 's'}`;
  return `The tracking plan ${quote(id)} agrees on ${count}${all.length === 0 ? '' : `: ${list(all, 'and')}`}.`;
}

const unplannedWords = { allow: 'taken in', flag: '', refuse: 'refused' } as const;

/** What of a source's events is treated otherwise than usual: flagged. */
export function planPhrase({ onNonconforming, unplanned = 'flag' }: SourceDefinition): string {
  const strict = onNonconforming === 'refuse' ? '; events that do not keep to the tracking plan are refused' : '';
  const words = unplannedWords[unplanned];
  return `${strict}${words === '' ? '' : `; events that the plan does not name are ${words}`}`;
}

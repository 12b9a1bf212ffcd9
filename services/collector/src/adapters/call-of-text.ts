import { mayNameCard } from '@kairos/decisions';
import type { Call } from '../ports.ts';
import { parseBody } from './http-body.ts';
import { readBatch } from './json-batch.ts';

/** The text of a body as a call. What can be told of all of it at once is not looked for in each of its events. */
export function callOf(type: Call['type'], text: string): Call {
  const isPlain = !text.includes('\\u');
  return {
    type,
    body: (type === 'batch' ? readBatch(text) : undefined) ?? parseBody(text),
    isPlain,
    // Without escapes a name stands in the text as it is.
    namesNoCard: isPlain && !mayNameCard(text),
  };
}

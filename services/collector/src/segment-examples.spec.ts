import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { collected } from './core.fixture.ts';
import { CALL_TYPES, type Call } from './core.ts';

// Payloads of the public Segment spec (segmentio/segment-docs, CC BY 4.0). Read where they lie, never copied.
const folder = process.env.KAIROS_SHARED_DATA ?? join(import.meta.dirname, '../../../../shared/data');
const file = join(folder, 'segment-spec/segment-spec-examples.jsonl');

interface Example {
  readonly src: string;
  readonly type: string | null;
  readonly form: string;
  readonly payload: Record<string, unknown>;
}

/** The call that the page of the spec shows the payload for. */
function callOf({ type, payload }: Example): Call['type'] {
  const known = CALL_TYPES.find((one) => one === type);
  if (known !== undefined) return known;
  if ('batch' in payload) return 'batch';
  if ('event' in payload) return 'track';
  if ('groupId' in payload) return 'group';
  if ('previousId' in payload) return 'alias';
  return 'traits' in payload ? 'identify' : 'page';
}

/** A call in a page's script: the browser library adds who it is before it sends. */
const sent = ({ form, payload }: Example) => (form === 'json' ? payload : { anonymousId: 'browser-1', ...payload });

if (existsSync(file)) {
  const examples = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Example);

  describe('the payloads of the Segment spec', () => {
    const outcomes = examples.map((example) => ({ example, ...collected(callOf(example), sent(example)) }));

    it('are all there', () => {
      expect(examples).toHaveLength(139);
    });

    it('are each accepted, or refused with a stated reason', () => {
      for (const { example, accepted, rejected } of outcomes) {
        const events = callOf(example) === 'batch' ? (example.payload.batch as unknown[]).length : 1;
        expect(accepted.length + rejected.length).toBe(events);
        for (const { field, message } of rejected) expect(message).toContain(field);
      }
    });

    it('are accepted but for those that name nobody or are no payload', () => {
      const refused = outcomes.flatMap(({ example, rejected }) =>
        rejected.map(({ code, field }) => `${example.src.split('/').at(-1)} ${example.form}: ${code} ${field}`),
      );
      expect(refused.sort()).toEqual([
        'alias.md analytics.js call: FIELD_MISSING previousId',
        'ecommerce-tracking-plan.md analytics.js call: FIELD_INVALID event',
        'group.md json: ID_MISSING userId',
        'page.md json: ID_MISSING userId',
        'screen.md json: ID_MISSING userId',
        'track.md json: ID_MISSING userId',
      ]);
    });
  });
} else {
  it.skip(`the payloads of the Segment spec: ${file} is not there (set KAIROS_SHARED_DATA)`, () => undefined);
}

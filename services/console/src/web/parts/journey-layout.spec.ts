import { describe, expect, it } from '@jest/globals';
import type { JourneyStep } from '../api.ts';
import { BOX, type JourneyDrawing, layOut } from './journey-layout.ts';

const send = (message: string): JourneyStep => ({ does: 'send', message, channel: null });
const waitFor = (otherwise: JourneyStep[]): JourneyStep => ({
  does: 'waitFor',
  anyOf: [{ kind: 'outcome', message: 'one', outcome: 'clicked' }],
  atMostMs: 86_400_000,
  otherwise,
});
const branch: JourneyStep = {
  does: 'branch',
  branches: [
    { if: 'profile.orderCount > 3', steps: [send('a'), send('b')] },
    { if: 'true', steps: [{ does: 'exit' }] },
  ],
  otherwise: [],
};
const split: JourneyStep = {
  does: 'split',
  id: 'half',
  ways: [
    { name: 'x', percent: 30, steps: [waitFor([send('deep')])] },
    { name: 'y', percent: 70, steps: [] },
  ],
};

const box = (drawing: JourneyDrawing, place: string) => drawing.boxes.find((one) => one.place === place);
/** Arrows as `from → to`, with their words. */
function ways({ boxes, arrows }: JourneyDrawing): readonly string[] {
  const at = (x: number, y: number, edge: 'top' | 'bottom') =>
    boxes.find((one) => one.x + BOX.width / 2 === x && one.y + (edge === 'top' ? 0 : BOX.height) === y)?.place ??
    'nowhere';
  return arrows.map(({ points, label }) => {
    const [first, last] = [points[0], points.at(-1)];
    const from = at(first?.x ?? 0, first?.y ?? 0, 'bottom');
    return `${from} → ${at(last?.x ?? 0, last?.y ?? 0, 'top')}${label === '' ? '' : ` (${label})`}`;
  });
}

describe('the drawing of a journey', () => {
  it('sets steps below each other, from start to end', () => {
    const drawing = layOut('left', [send('one'), { does: 'wait', forMs: 5_400_000, until: null }]);
    expect(ways(drawing)).toEqual(['start → steps[0]', 'steps[0] → steps[1]', 'steps[1] → end']);
    expect(box(drawing, 'steps[1]')).toMatchObject({ title: 'wait', detail: '1 h 30 min' });
    expect(new Set(drawing.boxes.map(({ x }) => x)).size).toBe(1);
  });

  it('leads both ways of a wait on, the way without steps past those of the other', () => {
    const drawing = layOut('left', [send('one'), waitFor([send('two')]), send('three')]);
    expect([...ways(drawing)].sort()).toEqual([
      'start → steps[0]',
      'steps[0] → steps[1]',
      'steps[1] → steps[1].otherwise[0] (not within 1 d)',
      'steps[1] → steps[2] (it happened)',
      'steps[1].otherwise[0] → steps[2]',
      'steps[2] → end',
    ]);
    expect(drawing.arrows.find(({ label }) => label === 'it happened')?.way).toEqual({
      place: 'steps[1]',
      name: 'happened',
    });
  });

  it('names conditions and shares, and nothing leaves an exit', () => {
    const drawing = layOut('left', [branch, split]);
    const all = ways(drawing);
    expect(all).toContain('steps[0] → steps[0].branch[0].steps[0] (if profile.orderCount > 3)');
    expect(all).toContain('steps[0] → steps[0].branch[1].steps[0] (if true)');
    expect(all).toContain('steps[0] → steps[1] (else)');
    expect(all).toContain('steps[1] → steps[1].ways[0].steps[0] (x: 30 %)');
    expect(all).toContain('steps[1] → end (y: 70 %)');
    expect(all.filter((way) => way.startsWith('steps[0].branch[1].steps[0] →'))).toEqual([]);
    expect(all.filter((way) => way.includes('nowhere'))).toEqual([]);
  });

  it('lays no box over another, and none outside', () => {
    const { boxes, width, height } = layOut('left', [branch, split, waitFor([branch, split]), send('last')]);
    for (const [at, one] of boxes.entries()) {
      expect(one.x >= 0 && one.y >= 0 && one.x + BOX.width <= width && one.y + BOX.height <= height).toBe(true);
      for (const other of boxes.slice(at + 1)) {
        const isApart = Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height;
        expect([one.place, other.place, isApart]).toEqual([one.place, other.place, true]);
      }
    }
    expect(new Set(boxes.map(({ place }) => place)).size).toBe(boxes.length);
  });

  it('of a journey without steps leads from its start to its end', () => {
    expect(ways(layOut('left', []))).toEqual(['start → end']);
  });
});

import type { JourneyStep } from '../api.ts';
import { showDuration } from './words.ts';

/** A journey laid out as a drawing: boxes in px, arrows as corners from box to box. Pure. */
export interface JourneyDrawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

export interface Box {
  /** Place of the step in the definition, as facts name it; `start` and `end` for the two ends. */
  readonly place: string;
  readonly does: JourneyStep['does'] | 'start' | 'end';
  readonly title: string;
  readonly detail: string;
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Arrow {
  readonly points: readonly Point[];
  /** Condition, share or duration; empty on a plain way on. */
  readonly label: string;
  /** The step that it leaves and the way's name, as facts name it; null on a plain way on. */
  readonly way: { readonly place: string; readonly name: string } | null;
}

export const BOX = { width: 208, height: 66 } as const;
const GAP = { x: 28, y: 46, label: 62 } as const;

/** A way on that has not arrived yet. */
interface Loose {
  readonly points: readonly Point[];
  readonly label: string;
  readonly way: Arrow['way'];
}

/** Part of the drawing, its corner at 0,0; it is entered and left in the middle. */
interface Block {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** Where the first box is entered; null when there is no box. */
  readonly entry: Point | null;
  readonly ends: readonly Loose[];
}

export function layOut(startsWith: string, steps: readonly JourneyStep[]): JourneyDrawing {
  const start = boxBlock({ place: 'start', does: 'start', title: 'starts', detail: `when ${startsWith} fires` });
  const end = boxBlock({ place: 'end', does: 'end', title: 'ends', detail: 'nothing more is said' });
  const { width, height, boxes, arrows } = stack([
    start,
    ...steps.map((step, at) => stepBlock(step, `steps[${at}]`)),
    end,
  ]);
  return { width, height, boxes, arrows };
}

function boxBlock(box: Omit<Box, 'x' | 'y'>): Block {
  const out: Loose = { points: [{ x: BOX.width / 2, y: BOX.height }], label: '', way: null };
  return {
    ...BOX,
    boxes: [{ ...box, x: 0, y: 0 }],
    arrows: [],
    entry: { x: BOX.width / 2, y: 0 },
    ends: box.does === 'exit' || box.does === 'end' ? [] : [out],
  };
}

function stepBlock(step: JourneyStep, place: string): Block {
  const box = boxBlock({ place, does: step.does, ...wordsOf(step) });
  const ways = waysOf(step, place);
  return ways.length === 0 ? box : fork(box, ways, place);
}

interface Way {
  readonly name: string;
  readonly label: string;
  readonly steps: readonly JourneyStep[];
  /** Place of its list, without the index. */
  readonly place: string;
}

/** Ways that leave a step, in the order in which they are written. */
function waysOf(step: JourneyStep, place: string): readonly Way[] {
  switch (step.does) {
    case 'waitFor':
      return [
        { name: 'happened', label: 'it happened', steps: [], place },
        {
          name: 'otherwise',
          label: `not within ${showDuration(step.atMostMs)}`,
          steps: step.otherwise,
          place: `${place}.otherwise`,
        },
      ];
    case 'branch': {
      const ways = step.branches.map((branch, at) => ({
        name: String(at),
        label: `if ${branch.if}`,
        steps: branch.steps,
        place: `${place}.branch[${at}].steps`,
      }));
      const last = {
        name: 'else',
        label: 'else',
        steps: step.otherwise,
        place: `${place}.branch[${ways.length}].else`,
      };
      return [...ways, last];
    }
    case 'split':
      return step.ways.map(({ name, percent, steps }, at) => ({
        name,
        label: `${name}: ${percent} %`,
        steps,
        place: `${place}.ways[${at}].steps`,
      }));
    default:
      return [];
  }
}

/** The ways side by side below their step. */
function fork(box: Block, ways: readonly Way[], place: string): Block {
  const columns = ways.map((way) => stack(way.steps.map((step, at) => stepBlock(step, `${way.place}[${at}]`))));
  const width = columns.reduce((sum, column) => sum + column.width, 0) + GAP.x * (columns.length - 1);
  const top = BOX.height + GAP.label;
  const middle = width / 2;
  const from = { x: middle, y: BOX.height };
  let x = 0;
  const parts = columns.map((column, at) => {
    const { name = '', label = '' } = ways[at] ?? {};
    const moved = shift(column, { x, y: top });
    const line = x + column.width / 2;
    x += column.width + GAP.x;
    const loose: Loose = {
      points: [from, { x: line, y: BOX.height + 18 }],
      label,
      way: { place, name },
    };
    return { moved, loose, line };
  });
  const height = top + Math.max(...columns.map((column) => column.height));
  return {
    width,
    height,
    boxes: [...shift(box, { x: middle - BOX.width / 2, y: 0 }).boxes, ...parts.flatMap(({ moved }) => moved.boxes)],
    arrows: parts.flatMap(({ moved, loose }) => [
      ...(moved.entry === null ? [] : [arrive(loose, moved.entry)]),
      ...moved.arrows,
    ]),
    entry: { x: middle, y: 0 },
    // A way without steps leads down its column, past those beside it.
    ends: parts.flatMap(({ moved, loose, line }) =>
      moved.entry === null
        ? [{ ...loose, points: [...loose.points, { x: line, y: height }] }]
        : moved.ends.map((end) => downTo(end, height)),
    ),
  };
}

/** Blocks below each other, each entered from all loose ends of the one above it. */
function stack(blocks: readonly Block[]): Block {
  const width = Math.max(BOX.width, ...blocks.map((block) => block.width));
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  let y = 0;
  let entry: Point | null = null;
  let ends: readonly Loose[] = [];
  for (const [at, block] of blocks.entries()) {
    if (at > 0) y += GAP.y;
    const moved = shift(block, { x: (width - block.width) / 2, y });
    boxes.push(...moved.boxes);
    arrows.push(...moved.arrows);
    const into = moved.entry;
    if (into !== null) {
      arrows.push(...ends.map((end) => arrive(end, into)));
      entry ??= into;
    }
    ends = moved.ends;
    y += block.height;
  }
  return { width, height: y, boxes, arrows, entry, ends };
}

const arrive = ({ points, label, way }: Loose, to: Point): Arrow => ({ points: [...points, to], label, way });

function downTo(end: Loose, y: number): Loose {
  const last = end.points.at(-1);
  return last === undefined || last.y >= y ? end : { ...end, points: [...end.points, { x: last.x, y }] };
}

const shift = (block: Block, by: Point): Block => {
  const point = ({ x, y }: Point): Point => ({ x: x + by.x, y: y + by.y });
  const line = <L extends Loose | Arrow>(one: L): L => ({ ...one, points: one.points.map(point) });
  return {
    ...block,
    boxes: block.boxes.map((box) => ({ ...box, ...point(box) })),
    arrows: block.arrows.map(line),
    entry: block.entry === null ? null : point(block.entry),
    ends: block.ends.map(line),
  };
};

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** What stands in a step's box. */
function wordsOf(step: JourneyStep): { readonly title: string; readonly detail: string } {
  switch (step.does) {
    case 'send':
      return {
        title: `send ${step.message}`,
        detail: step.channel === null ? 'on the channel that is chosen' : `by ${step.channel}`,
      };
    case 'task':
      return { title: `task ${step.message}`, detail: `for ${step.role}` };
    case 'call':
      return { title: `call ${step.message}`, detail: 'another system' };
    case 'wait': {
      const { until } = step;
      const moment =
        until === null
          ? ''
          : `until ${until.time ?? '00:00'} ${until.weekdays.map((day) => dayNames[day - 1]).join(', ')}`;
      return {
        title: 'wait',
        detail: [step.forMs === 0 ? '' : showDuration(step.forMs), moment.trim()].filter(Boolean).join(', then '),
      };
    }
    case 'waitFor': {
      const what = step.anyOf.map((one) => (one.kind === 'event' ? one.event.name : `${one.message} ${one.outcome}`));
      return { title: `wait for ${what.join(' or ')}`, detail: `at most ${showDuration(step.atMostMs)}` };
    }
    case 'branch':
      return { title: 'branch', detail: `${step.branches.length + 1} ways` };
    case 'split':
      return { title: `split ${step.id}`, detail: step.ways.map(({ percent }) => `${percent} %`).join(' / ') };
    case 'set':
      return { title: 'set', detail: Object.keys(step.traits).join(', ') };
    case 'exit':
      return { title: 'exit', detail: 'ends here' };
  }
}

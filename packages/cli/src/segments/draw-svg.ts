import type { ModelTree } from '@kairos/decisions';
import type { FitReport } from './fit.ts';
import { showNumber } from './fit-kmeans.ts';
import { sampleOf } from './silhouette.ts';

/** Told apart by people who see colours differently, too (Okabe and Ito). */
export const GROUP_COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#7a6a00', '#444444'];
const DOTS = 2_000;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const safe = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
const text = (x: number, y: number, { words, more = '' }: { words: string; more?: string }): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${safe(words)}</text>`;

const page = (width: number, height: number, parts: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');

/** A picture of what was learned: persons as dots over two features, or the questions of a tree. */
export const drawModel = (report: FitReport): string =>
  report.model.method === 'tree' ? drawTree(report, report.model.tree) : drawDots(report);

const legend = ({ groups }: FitReport, { x, y }: { readonly x: number; readonly y: number }): readonly string[] =>
  groups.flatMap(({ id, persons, share }, at) => [
    `<rect x="${x}" y="${y + at * 22 - 10}" width="12" height="12" rx="2" fill="${colourOf(at)}"/>`,
    text(x + 18, y + at * 22, { words: `${id}: ${persons.toLocaleString('en')} (${(share * 100).toFixed(1)} %)` }),
  ]);

const colourOf = (group: number): string => GROUP_COLOURS[group % GROUP_COLOURS.length] ?? '#444444';

// ---- k-means ------------------------------------------------------------------------------------------------------------

const PLOT = { left: 70, top: 50, width: 560, height: 420 } as const;

/** Over the two features by which the centres lie furthest apart. */
function drawDots(report: FitReport): string {
  const { table, assigned, model } = report;
  const [first = 0, second = first] = widestFeatures(report);
  const rows = sampleOf(table.points.length, DOTS, model.trained?.seed ?? 0);
  const x = scaleOf(table.points.map((point) => point[first] ?? 0));
  const y = scaleOf(table.points.map((point) => point[second] ?? 0));
  const place = (point: readonly number[]) => ({
    cx: PLOT.left + x(point[first] ?? 0) * PLOT.width,
    cy: PLOT.top + (1 - y(point[second] ?? 0)) * PLOT.height,
  });
  const dots = rows.map((row) => {
    const { cx, cy } = place(table.points[row] ?? []);
    return `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="2.5" fill="${colourOf(assigned[row] ?? 0)}" fill-opacity="0.55"/>`;
  });
  const centres = (model.method === 'kmeans' ? model.centres : []).map((centre, at) => {
    const { cx, cy } = place(centre);
    return `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="8" fill="${colourOf(at)}" stroke="#fff" stroke-width="2"/>`;
  });
  const axis = (feature: number): string => {
    const { name, log } = table.features[feature] ?? { name: '', log: false };
    return `${name}${log ? ' (logarithm)' : ''} →`;
  };
  const sampled = rows.length < table.points.length ? `, ${rows.length.toLocaleString('en')} shown` : '';
  const height = PLOT.top + PLOT.height + 60 + report.groups.length * 22;
  return page(760, height, [
    text(PLOT.left, 28, {
      words: `${model.id}: ${table.points.length.toLocaleString('en')} persons${sampled}, ${report.quality}`,
      more: 'font-weight="600"',
    }),
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.width}" height="${PLOT.height}" fill="none" stroke="#bbb"/>`,
    ...dots,
    ...centres,
    text(PLOT.left, PLOT.top + PLOT.height + 20, { words: axis(first) }),
    text(0, 0, {
      words: axis(second),
      more: `transform="translate(${PLOT.left - 12} ${PLOT.top + PLOT.height}) rotate(-90)"`,
    }),
    ...legend(report, { x: PLOT.left, y: PLOT.top + PLOT.height + 50 }),
  ]);
}

function widestFeatures({ model }: FitReport): readonly number[] {
  if (model.method !== 'kmeans') return [];
  const spread = model.features.map((_, at) => {
    const values = model.centres.map((centre) => centre[at] ?? 0);
    return { at, width: Math.max(...values) - Math.min(...values) };
  });
  return spread.sort((a, b) => b.width - a.width || a.at - b.at).map(({ at }) => at);
}

function scaleOf(values: readonly number[]): (value: number) => number {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return (value) => (high > low ? (value - low) / (high - low) : 0.5);
}

// ---- tree ---------------------------------------------------------------------------------------------------------------

const BOX = { width: 190, height: 40, gapX: 14, gapY: 46 } as const;

interface Drawn {
  readonly parts: readonly string[];
  readonly width: number;
  /** Of its box, from its own left edge. */
  readonly middle: number;
  readonly depth: number;
}

function drawTree(report: FitReport, tree: ModelTree): string {
  const { model } = report;
  const top = 60;
  const draw = (node: ModelTree, left: number, level: number): Drawn => {
    const y = top + level * (BOX.height + BOX.gapY);
    if ('group' in node) {
      const at = model.groups.findIndex(({ id }) => id === node.group);
      return {
        parts: box({ x: left, y, words: node.group, fill: colourOf(at) }),
        width: BOX.width,
        middle: BOX.width / 2,
        depth: 1,
      };
    }
    const a = draw(node.ifBelow, left, level + 1);
    const b = draw(node.otherwise, left + a.width + BOX.gapX, level + 1);
    const ways = [
      { x: left + a.middle, words: 'yes' },
      { x: left + a.width + BOX.gapX + b.middle, words: 'no' },
    ];
    const middle = ((ways[0]?.x ?? 0) + (ways[1]?.x ?? 0)) / 2 - left;
    const lines = ways.flatMap(({ x, words }) => [
      `<line x1="${left + middle}" y1="${y + BOX.height}" x2="${x}" y2="${y + BOX.height + BOX.gapY}" stroke="#999"/>`,
      text((left + middle + x) / 2, y + BOX.height + BOX.gapY / 2, {
        words,
        more: 'font-size="12" text-anchor="middle"',
      }),
    ]);
    const question = `${node.feature} < ${showNumber(node.below)}?`;
    const own = box({ x: left + middle - BOX.width / 2, y, words: question, fill: null });
    return {
      parts: [...lines, ...own, ...a.parts, ...b.parts],
      width: a.width + BOX.gapX + b.width,
      middle,
      depth: 1 + Math.max(a.depth, b.depth),
    };
  };
  const drawn = draw(tree, 20, 0);
  const bottom = top + drawn.depth * (BOX.height + BOX.gapY);
  const title = text(20, 28, { words: `${model.id}: ${report.quality}`, more: 'font-weight="600"' });
  const parts = [title, ...drawn.parts, ...legend(report, { x: 20, y: bottom })];
  return page(Math.max(drawn.width + 40, 760), bottom + 20 + report.groups.length * 22, parts);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly words: string;
  /** Null for a question. */
  readonly fill: string | null;
}

const box = ({ x, y, words, fill }: Box): readonly string[] => [
  `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6" fill="${fill ?? '#f3f3f3'}" stroke="${fill ?? '#999'}"/>`,
  text(x + BOX.width / 2, y + BOX.height / 2 + 5, {
    words: words.length > 26 ? `${words.slice(0, 25)}…` : words,
    more: `text-anchor="middle"${fill === null ? '' : ' fill="#fff"'}`,
  }),
];

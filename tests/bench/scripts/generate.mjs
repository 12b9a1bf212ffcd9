// Brings docs/performance.md up to date with the stored baselines, and draws the plots from their data: neither can say
// what was not measured.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { svgPlot } from './svg-plot.mjs';

/**
 * @typedef {object} Baseline
 * @property {string} bench
 * @property {string} title
 * @property {string} date
 * @property {string} commit
 * @property {{ cpu: string, cores: number, memoryGb: number, node: string, platform: string }} machine
 * @property {number} runs
 * @property {Record<string, string>} options
 * @property {Record<string, number>} figures
 * @property {Record<string, string>} [earlier]
 * @property {Record<string, number[]>} samples
 * @property {string[]} notes
 * @property {Record<string, { about: string, better?: 'higher' | 'lower', gate?: number }>} about
 */

const repoRoot = resolve(import.meta.dirname, '../../..');
const page = 'docs/performance.md';
const from =
  '<!-- figures: made of tests/bench/baselines by `npm run generate`; do not edit between here and the end mark -->';
const to = '<!-- end of figures -->';

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/**
 * @param {string} root
 * @param {string} folder
 */
const jsonFiles = (root, folder) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => ({ name, data: JSON.parse(readFileSync(join(root, folder, name), 'utf8')) }))
    : [];

/**
 * @param {Baseline} baseline
 * @param {string} figure
 */
function gateCell({ about, figures }, figure) {
  const { gate, better } = about[figure] ?? {};
  const value = figures[figure];
  if (gate === undefined || value === undefined) return '';
  const met = better === 'lower' ? value <= gate : value >= gate;
  return `${better === 'lower' ? '≤' : '≥'} ${gate}: ${met ? 'met' : '**missed**'}`;
}

/** @param {number[] | undefined} samples */
const spreadCell = (samples) =>
  samples === undefined || samples.length < 2
    ? ''
    : `${number.format(Math.min(...samples))} – ${number.format(Math.max(...samples))}`;

/**
 * @param {string} file
 * @param {Baseline} baseline
 */
export function section(file, baseline) {
  const { bench, title, machine, figures, samples, about, earlier = {} } = baseline;
  const rows = Object.entries(figures).map(([figure, value]) => {
    const when = earlier[figure] === undefined ? '' : ` (${earlier[figure]})`;
    return `| \`${figure}\` | ${number.format(value)} | ${spreadCell(samples[figure])} | ${gateCell(baseline, figure)} | ${about[figure]?.about ?? ''}${when} |`;
  });
  return [
    `### \`pnpm bench ${bench}\`: ${title}`,
    '',
    `${baseline.date}, commit ${baseline.commit}, ${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, Node ${machine.node}, medians of ${baseline.runs} ([data](../tests/bench/baselines/${file})).${baseline.notes.length === 0 ? '' : ` ${baseline.notes.map((note) => `${note[0]?.toUpperCase()}${note.slice(1)}.`).join(' ')}`}`,
    '',
    '| figure | median | runs | gate | what it is |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/**
 * @param {string} text of the page
 * @param {string} figures
 */
export function withFigures(text, figures) {
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`${page} has lost its marks: ${from} … ${to}`);
  return `${text.slice(0, start + from.length)}\n\n${figures}\n${text.slice(end)}`;
}

/**
 * @param {string} [root]
 * @returns {Promise<Map<string, string>>}
 */
export async function generate(root = repoRoot) {
  const plots = jsonFiles(root, 'docs/performance');
  const figures = [
    ...jsonFiles(root, 'tests/bench/baselines').map(({ name, data }) => section(name, data)),
    ...plots.map(({ name, data }) => {
      const base = name.replace(/\.json$/, '');
      return `![${data.title}](performance/${base}.svg)\n\n${data.date}, commit ${data.commit} ([data](performance/${name})).\n`;
    }),
  ].join('\n');
  const text = readFileSync(join(root, page), 'utf8');
  return new Map([
    [page, withFigures(text, figures)],
    ...plots.map(
      ({ name, data }) =>
        /** @type {[string, string]} */ ([`docs/performance/${name.replace(/\.json$/, '.svg')}`, svgPlot(data)]),
    ),
  ]);
}

// Draws a plot as SVG: lines with points over a linear y axis that starts at zero. No browser, no library: three plots of
// at most two lines.

/**
 * @typedef {object} PlotData
 * @property {string} title
 * @property {string} xLabel
 * @property {string} yLabel
 * @property {'linear' | 'log'} xScale
 * @property {{ name: string, points: [number, number][] }[]} series
 */

const size = { width: 640, height: 360, left: 84, right: 24, top: 48, bottom: 64 };
// Told apart without colour too: the second line is dashed.
const strokes = [
  { colour: '#1f5fbf', dash: '' },
  { colour: '#b3541e', dash: '6 4' },
  { colour: '#3d7a3d', dash: '2 3' },
];

const escaped = (/** @type {string} */ text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const number = new Intl.NumberFormat('en');

/**
 * Round steps from zero to beyond the largest value.
 * @param {number} largest
 */
export function ticksTo(largest) {
  const rough = Math.max(largest, 1) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
  const ticks = [0];
  while ((ticks.at(-1) ?? 0) < largest) ticks.push(ticks.length * step);
  return ticks;
}

/**
 * @param {PlotData} plot
 * @returns {string}
 */
export function svgPlot({ title, xLabel, yLabel, xScale, series }) {
  const points = series.flatMap((one) => one.points);
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b);
  const ticks = ticksTo(Math.max(...points.map(([, y]) => y)));
  const scaled = (/** @type {number} */ x) => (xScale === 'log' ? Math.log10(x) : x);
  const [first, last] = [scaled(xs[0] ?? 1), scaled(xs.at(-1) ?? 1)];
  const top = ticks.at(-1) ?? 1;
  const right = size.width - size.right;
  const bottom = size.height - size.bottom;
  const atX = (/** @type {number} */ x) =>
    Math.round(size.left + ((scaled(x) - first) / (last - first || 1)) * (right - size.left));
  const atY = (/** @type {number} */ y) => Math.round(bottom - (y / top) * (bottom - size.top));
  const text = (
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {{ words: string, anchor: string }} */ how,
  ) => `<text x="${x}" y="${y}" text-anchor="${how.anchor}">${escaped(how.words)}</text>`;

  const grid = ticks.flatMap((tick) => [
    `<line x1="${size.left}" y1="${atY(tick)}" x2="${right}" y2="${atY(tick)}" stroke="#ddd"/>`,
    text(size.left - 8, atY(tick) + 4, { words: number.format(tick), anchor: 'end' }),
  ]);
  const axis = xs.flatMap((x) => [
    `<line x1="${atX(x)}" y1="${bottom}" x2="${atX(x)}" y2="${bottom + 4}" stroke="#666"/>`,
    text(atX(x), bottom + 18, { words: number.format(x), anchor: 'middle' }),
  ]);
  const lines = series.flatMap(({ name, points: own }, at) => {
    const { colour, dash } = strokes[at % strokes.length] ?? { colour: '#000', dash: '' };
    const path = own.map(([x, y]) => `${atX(x)},${atY(y)}`).join(' ');
    const keyX = size.left + at * 220;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`,
      ...own.map(
        ([x, y]) =>
          `<circle cx="${atX(x)}" cy="${atY(y)}" r="3.5" fill="${colour}"><title>${number.format(x)} ${escaped(xLabel)}: ${number.format(y)} ${escaped(yLabel)}</title></circle>`,
      ),
      `<line x1="${keyX}" y1="36" x2="${keyX + 24}" y2="36" stroke="${colour}" stroke-width="2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`,
      text(keyX + 30, 40, { words: name, anchor: 'start' }),
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" font-family="sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    `<text x="${size.left}" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    ...grid,
    ...axis,
    ...lines,
    text((size.left + right) / 2, size.height - 20, { words: xLabel, anchor: 'middle' }),
    `<text x="16" y="${(size.top + bottom) / 2}" text-anchor="middle" transform="rotate(-90 16 ${(size.top + bottom) / 2})">${escaped(yLabel)}</text>`,
    '</svg>',
  ].join('\n')}\n`;
}

import type { JourneyStep, Moved } from '../api.ts';
import { type Arrow, BOX, type Box, layOut } from './journey-layout.ts';
import { countSteps, type StepCounts } from './step-counts.ts';
import { showNumber } from './words.ts';

export interface DrawingProps {
  readonly id: string;
  readonly startsWith: string;
  readonly steps: readonly JourneyStep[];
  readonly moves: readonly Moved[];
  readonly version: string;
}

const MARGIN = 12;
const TITLE_SIGNS = 24;
const LABEL_SIGNS = 32;

const cut = (text: string, signs: number): string => (text.length > signs ? `${text.slice(0, signs - 1)}…` : text);
const persons = (n: number): string => `${showNumber(n)} ${n === 1 ? 'time' : 'times'}`;

/** A journey as boxes and arrows, with how often each was taken. Every box can be reached by keyboard and says what it is. */
export function JourneyDrawingView({ id, startsWith, steps, moves, version }: DrawingProps) {
  const { width, height, boxes, arrows } = layOut(startsWith, steps);
  const counts = countSteps(moves, version);
  return (
    <div className="journey">
      {/* biome-ignore lint/a11y/useSemanticElements: a drawing has no element of HTML for its group */}
      <svg
        role="group"
        aria-label={`Flow of ${id}`}
        viewBox={`${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`}
        style={{ width: width + 2 * MARGIN, minWidth: Math.min(width, 640), maxWidth: '100%' }}
      >
        <title>{`Flow of ${id}`}</title>
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
            <path d="M0 0 L8 4 L0 8 z" className="journey-tip" />
          </marker>
        </defs>
        {arrows.map((arrow) => (
          <ArrowView key={JSON.stringify(arrow.points)} arrow={arrow} counts={counts} />
        ))}
        {boxes.map((box) => (
          <BoxView key={box.place} box={box} n={counts.at(box.place)} />
        ))}
      </svg>
    </div>
  );
}

function BoxView({ box, n }: { readonly box: Box; readonly n: number }) {
  const { place, does, title, detail, x, y } = box;
  const words = `${title}: ${detail}, ${persons(n)}`;
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it does nothing; a reader must come to each step to hear what it is
    <g
      role="img"
      tabIndex={0}
      aria-label={words}
      className="journey-box"
      data-does={does}
      data-place={place}
      transform={`translate(${x} ${y})`}
    >
      <title>{words}</title>
      <rect width={BOX.width} height={BOX.height} rx={does === 'start' || does === 'end' ? BOX.height / 2 : 10} />
      <text x={BOX.width / 2} y={22} textAnchor="middle" className="journey-title">
        {cut(title, TITLE_SIGNS)}
      </text>
      <text x={BOX.width / 2} y={39} textAnchor="middle" className="journey-detail">
        {cut(detail, TITLE_SIGNS + 8)}
      </text>
      <text x={BOX.width / 2} y={56} textAnchor="middle" className="journey-count">
        {showNumber(n)}
      </text>
    </g>
  );
}

function ArrowView({ arrow, counts }: { readonly arrow: Arrow; readonly counts: StepCounts }) {
  const { points, label, way } = arrow;
  const corner = points[1];
  const n = way === null ? null : counts.along(way.place, way.name);
  return (
    <g>
      <polyline
        points={points.map(({ x, y }) => `${x},${y}`).join(' ')}
        className="journey-arrow"
        markerEnd="url(#tip)"
      />
      {label !== '' && corner !== undefined && (
        <text x={corner.x} y={corner.y + 16} textAnchor="middle" className="journey-label">
          <title>{label}</title>
          {cut(label, LABEL_SIGNS)}
          {n !== null && n > 0 ? ` · ${showNumber(n)}` : ''}
        </text>
      )}
    </g>
  );
}

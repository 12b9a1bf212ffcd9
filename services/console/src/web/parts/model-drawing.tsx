import type { LearnedModel, LearnedTree } from '../api-segments.ts';

/** Told apart by people who see colours differently, too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#7a6a00', '#444444'];
export const groupColour = (at: number): string => COLOURS[at % COLOURS.length] ?? '#444444';

/** What a model has learned, drawn from its definition alone. */
export function ModelDrawing({ model }: { readonly model: LearnedModel }) {
  if (model.tree !== undefined) return <Tree model={model} tree={model.tree} />;
  return <Centres model={model} />;
}

const ROW = { left: 150, width: 480, height: 34 } as const;

/** Where the centres of k-means lie per feature: the middle line is the average person. */
function Centres({ model }: { readonly model: LearnedModel }) {
  const { features, centres = [] } = model;
  const most = Math.max(1, ...centres.flat().map(Math.abs));
  const x = (deviation: number): number => ROW.left + ((deviation / most + 1) / 2) * ROW.width;
  const height = features.length * ROW.height + 24;
  const words = `Where the groups of ${model.id} lie, per feature`;
  return (
    <svg viewBox={`0 0 650 ${height}`} width="100%" style={{ maxWidth: 650 }} role="img" aria-label={words}>
      <title>{words}</title>
      {features.map(({ name }, at) => {
        const y = at * ROW.height + ROW.height / 2;
        return (
          <g key={name}>
            <text x={0} y={y + 4} fontSize={13} fill="currentColor">
              {name}
            </text>
            <line x1={x(-most)} x2={x(most)} y1={y} y2={y} stroke="#bbb" />
            <line x1={x(0)} x2={x(0)} y1={y - 8} y2={y + 8} stroke="#888" />
            {centres.map((centre, group) => (
              <circle
                key={model.groups[group]?.id}
                cx={x(centre[at] ?? 0)}
                cy={y}
                r={7}
                fill={groupColour(group)}
                opacity={0.85}
              />
            ))}
          </g>
        );
      })}
      <text x={x(-most)} y={height - 6} fontSize={11} fill="currentColor">
        less than average
      </text>
      <text x={x(most)} y={height - 6} fontSize={11} textAnchor="end" fill="currentColor">
        more
      </text>
    </svg>
  );
}

interface TreeProps {
  readonly model: LearnedModel;
  readonly tree: LearnedTree;
}

/** Questions from the first on, each way below and to the right. */
function Tree({ model, tree }: TreeProps) {
  const colour = (id: string): string => groupColour(model.groups.findIndex((group) => group.id === id));
  const lines = linesOf(tree);
  const height = lines.length * 24 + 8;
  const words = `The questions of ${model.id}`;
  return (
    <svg viewBox={`0 0 650 ${height}`} width="100%" style={{ maxWidth: 650 }} role="img" aria-label={words}>
      <title>{words}</title>
      {lines.map(({ depth, way, words: said, group }, at) => (
        <g key={`${depth}-${lines.slice(0, at).length}`} transform={`translate(${depth * 28} ${at * 24 + 18})`}>
          <text x={0} fontSize={12} fill="#888">
            {way}
          </text>
          {group !== null && <rect x={30} y={-11} width={12} height={12} rx={2} fill={colour(group)} />}
          <text x={group === null ? 30 : 48} fontSize={13} fontWeight={group === null ? 400 : 600} fill="currentColor">
            {said}
          </text>
        </g>
      ))}
    </svg>
  );
}

interface TreeLine {
  readonly depth: number;
  readonly way: string;
  readonly words: string;
  readonly group: string | null;
}

function linesOf(node: LearnedTree, depth = 0, way = ''): readonly TreeLine[] {
  if ('group' in node) return [{ depth, way, words: node.group, group: node.group }];
  return [
    { depth, way, words: `Is ${node.feature} below ${node.below}?`, group: null },
    ...linesOf(node.ifBelow, depth + 1, 'yes'),
    ...linesOf(node.otherwise, depth + 1, 'no'),
  ];
}

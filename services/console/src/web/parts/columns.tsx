import { Text } from '@mantine/core';
import { showNumber } from './words.ts';

/** Values of the same things, one after the other: one bar for each, or one for A and one for B. */
interface ColumnsProps {
  readonly label: string;
  readonly columns: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const [WIDTH, HEIGHT] = [960, 120];
/** Of the room of a column, what its bars take. */
const FILLED = 0.86;

/** A bar chart whose columns have names; the second value of a column is drawn beside the first. */
export function Columns({ label, columns }: ColumnsProps) {
  const most = Math.max(1, ...columns.flatMap(({ values }) => values));
  const room = WIDTH / Math.max(1, columns.length);
  const many = Math.max(1, ...columns.map(({ values }) => values.length));
  const [first, last] = [columns[0], columns.at(-1)];
  return (
    <div>
      <Text size="sm" fw={500}>
        {label}{' '}
        <Text span size="xs" c="dimmed">
          at most {showNumber(most)}
        </Text>
      </Text>
      <svg
        className="bars"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
        height={HEIGHT}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <title>{label}</title>
        {columns.flatMap(({ name, values }, at) =>
          values.map((value, side) => (
            <rect
              // A column has its place, and so has a side in it.
              key={`${name} ${'AB'[side]}`}
              data-side={'AB'[side]}
              x={at * room + (side * room * FILLED) / many}
              y={HEIGHT - (HEIGHT * value) / most}
              width={(room * FILLED) / many}
              height={(HEIGHT * value) / most}
            >
              <title>{`${name}${values.length > 1 ? ` ${'AB'[side]}` : ''}: ${showNumber(value)}`}</title>
            </rect>
          )),
        )}
      </svg>
      {first !== undefined && last !== undefined && (
        <Text size="xs" c="dimmed" style={{ display: 'flex', justifyContent: 'space-between' }}>
          <span>{first.name}</span>
          {columns.length > 1 && <span>{last.name}</span>}
        </Text>
      )}
    </div>
  );
}

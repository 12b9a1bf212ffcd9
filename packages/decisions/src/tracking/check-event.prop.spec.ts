import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PlannedProperty, PropertyType } from '../definitions.ts';
import { checkEvent } from './check-event.ts';
import { compileTracking } from './compile-tracking.ts';
import { propertyTypes } from './definition.ts';
import { eventOf, planned, planOf, property, source } from './tracking.fixture.ts';

const paths = ['a', 'b', 'b.x', 'b.x.y', 'c', 'c[].x', 'c[].d.e', 'f[].x'] as const;
const values: readonly unknown[] = [undefined, null, 'one', 'two', 1, 2.5, true, '2026-11-30', {}, []];

const properties: fc.Arbitrary<readonly PlannedProperty[]> = fc
  .uniqueArray(
    fc.record({
      path: fc.constantFrom(...paths),
      type: fc.constantFrom<PropertyType>(...propertyTypes),
      required: fc.boolean(),
      values: fc.constantFrom<readonly (string | number)[]>([], [], ['one', 1]),
    }),
    { selector: ({ path }) => path, maxLength: 5 },
  )
  .map((list) => list.map(({ path, ...more }) => property(path, more)));

const plain = fc.constantFrom(...values);
const inner = fc.oneof(
  plain,
  fc.record({ x: fc.oneof(plain, fc.record({ y: plain })), d: fc.oneof(plain, fc.record({ e: plain })) }),
);
const said = fc.record({
  a: plain,
  b: inner,
  c: fc.oneof(plain, fc.array(inner, { maxLength: 3 })),
  f: fc.oneof(plain, fc.array(inner, { maxLength: 3 })),
});

const isThere = (value: unknown): boolean => value !== undefined && value !== null;
const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  Object.prototype.toString.call(value) === '[object Object]';
const fits: Readonly<Record<PropertyType, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  object: isPlainObject,
  array: Array.isArray,
  datetime: (value) => typeof value === 'number' || value === '2026-11-30',
};

/**
 * Says it path by path, as a person would: go down to where the property should be, stopping where something above is
 * missing or wrong, and look at what is there.
 */
function oracle(plan: readonly PlannedProperty[], event: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  /** What is wrong with a value at a path, if something is. */
  const wrong = (path: string, value: unknown): string | null => {
    const own = plan.find((one) => one.path === path);
    if (own !== undefined && !fits[own.type](value)) return 'PROPERTY_TYPE';
    if (own !== undefined && own.values.length > 0 && !own.values.some((one) => one === value)) return 'PROPERTY_VALUE';
    return null;
  };
  for (const { path, required } of plan) {
    const parts = path.split('.');
    const down = (container: unknown, at: number): void => {
      const [name = '', isList] = [parts[at]?.replace('[]', ''), parts[at]?.endsWith('[]')];
      const here = [...parts.slice(0, at), name].join('.');
      const isLast = at === parts.length - 1;
      const value = (container as Record<string, unknown>)[name];
      if (!isThere(value)) {
        if (isLast && required) found.add(`PROPERTY_MISSING ${here}`);
        return;
      }
      const fault = wrong(here, value);
      if (fault !== null) found.add(`${fault} ${here}`);
      if (fault !== null || isLast) return;
      const parents = isList === true ? (Array.isArray(value) ? value : [undefined]) : [value];
      for (const parent of parents) {
        if (isPlainObject(parent)) down(parent, at + 1);
        else found.add(`PROPERTY_TYPE ${here}`);
      }
    };
    down(event, 0);
  }
  return found;
}

describe('the tracking plan', () => {
  it('finds what an obvious check finds, path by path, and refuses as the source says', () => {
    let faulty = 0;
    fc.assert(
      fc.property(properties, said, fc.boolean(), (plan, event, refuses) => {
        const heard = JSON.parse(JSON.stringify(event)) as object;
        const tracking = compileTracking([planOf(planned('A', plan))]);
        const about = source(refuses ? { onNonconforming: 'refuse' } : {});
        const { faults, isRefused } = checkEvent(tracking, eventOf('A', heard), about);
        const expected = oracle(plan, heard);
        if (expected.size > 0) faulty += 1;
        const found = new Set(faults.map(({ code, field }) => `${code} ${field}`));
        // Eight faults is where it stops.
        if (expected.size <= 8) expect(found).toEqual(expected);
        else expect([...expected]).toEqual(expect.arrayContaining([...found]));
        expect(faults).toHaveLength(Math.min(expected.size, 8));
        expect(isRefused).toBe(refuses && expected.size > 0);
      }),
      { numRuns: 2_000 },
    );
    expect(faulty).toBeGreaterThan(200);
  });
});

import type { Promised } from './checker/findings.ts';
import type { Phase } from './scenarios/scenario.ts';

/** What one scenario has shown. */
export interface ScenarioReport {
  readonly name: string;
  readonly seconds: number;
  /** How the seconds went. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  /** Load average of the machine over the last minute, at the start and at the end. */
  readonly load: readonly [number, number];
  readonly promises: readonly Promised[];
}

export const isKept = ({ findings }: Promised): boolean => findings.length === 0;

const figuresText = (figures: Promised['figures']): string =>
  Object.entries(figures ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** A scenario as lines for people. */
export function linesOf({ name, seconds, phases, load, promises }: ScenarioReport): string[] {
  const parts = Object.entries(phases).map(([phase, took]) => `${phase} ${took.toFixed(0)}`);
  const loads = load.map((value) => value.toFixed(1)).join(' → ');
  return [
    `${promises.every(isKept) ? '✓' : '✗'} ${name}  ${seconds.toFixed(0)} s  (${[...parts, `load ${loads}`].join(', ')})`,
    ...promises.flatMap((promised) => {
      const figures = figuresText(promised.figures);
      return [
        `  ${isKept(promised) ? '✓' : '✗'} ${promised.promise}${figures === '' ? '' : `  (${figures})`}`,
        ...promised.findings.map(({ fault, where, what }) => `      ${fault}: ${what}  [${where}]`),
      ];
    }),
  ];
}

export function totalsOf(reports: readonly ScenarioReport[]): { readonly passed: number; readonly failed: number } {
  const promises = reports.flatMap((report) => report.promises);
  const passed = promises.filter(isKept).length;
  return { passed, failed: promises.length - passed };
}

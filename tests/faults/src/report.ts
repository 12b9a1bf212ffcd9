import type { Promised } from './checker/findings.ts';

/** What one scenario has shown. */
export interface ScenarioReport {
  readonly name: string;
  readonly seconds: number;
  readonly promises: readonly Promised[];
}

export const isKept = ({ findings }: Promised): boolean => findings.length === 0;

const figuresText = (figures: Promised['figures']): string =>
  Object.entries(figures ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** A scenario as lines for people. */
export function linesOf({ name, seconds, promises }: ScenarioReport): string[] {
  return [
    `${promises.every(isKept) ? '✓' : '✗'} ${name}  ${seconds.toFixed(0)} s`,
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

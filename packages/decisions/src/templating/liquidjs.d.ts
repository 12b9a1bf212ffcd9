/**
 * What this room uses of liquidjs. The package's own types refer to Node's, which would open the compiler lock of a pure
 * room; so its interface is stated here.
 */
declare module 'liquidjs' {
  export type Template = object;

  export interface FilterThis {
    readonly context: { getSync(path: readonly string[]): unknown };
  }
  export type FilterHandler = (this: FilterThis, value: unknown, ...args: unknown[]) => unknown;

  export interface LiquidOptions {
    readonly ownPropertyOnly: boolean;
    readonly strictFilters: boolean;
    readonly strictVariables: boolean;
    readonly parseLimit: number;
    readonly renderLimit: number;
    readonly memoryLimit: number;
    readonly timezoneOffset: string;
    readonly locale: string;
    readonly templates: Readonly<Record<string, string>>;
    readonly outputEscape?: 'escape' | ((value: unknown) => string);
  }

  export class Liquid {
    constructor(options: LiquidOptions);
    readonly filters: Record<string, FilterHandler | { handler: FilterHandler; raw: boolean }>;
    readonly tags: Record<string, unknown>;
    parse(text: string): Template[];
    renderSync(template: Template[], scope: object): string;
    globalVariableSegmentsSync(template: Template[]): unknown[][];
    registerFilter(name: string, filter: FilterHandler | { handler: FilterHandler; raw: boolean }): void;
    unregisterFilter(name: string): void;
    registerTag(
      name: string,
      tag: {
        parse(this: { reason?: string }, token: { readonly args: string }): void;
        render(this: { reason?: string }): unknown;
      },
    ): void;
  }
}

import type { PartCompiler } from '../compile-trigger.ts';
import type { CompiledAwaited, CompiledStep, CompiledTrigger } from '../compile-types.ts';
import type { Awaited, JourneyStep } from './definition.ts';

/** Lists of steps inside a step, in the order in which they are written. */
export function innerSteps(step: JourneyStep): readonly (readonly JourneyStep[])[] {
  switch (step.does) {
    case 'waitFor':
      return [step.otherwise];
    case 'branch':
      return [...step.branches.map(({ steps }) => steps), step.otherwise];
    case 'split':
      return step.ways.map(({ steps }) => steps);
    default:
      return [];
  }
}

/** How many steps there are, those inside others included. */
export const countSteps = (steps: readonly JourneyStep[]): number =>
  steps.reduce((sum, step) => sum + 1 + innerSteps(step).reduce((inner, list) => inner + countSteps(list), 0), 0);

/** How deep steps lie inside others; 1 = none does. */
export const depthOf = (steps: readonly JourneyStep[]): number =>
  steps.length === 0 ? 0 : 1 + Math.max(0, ...steps.flatMap(innerSteps).map(depthOf));

interface Placed {
  readonly path: string;
  /** Index of the first of them. */
  readonly at: number;
  /** Where the way leads after the last of them. */
  readonly after: number;
}

/** Lays nested steps out as a flat program. */
export class StepCompiler {
  readonly program: CompiledStep[] = [];
  readonly #parts: PartCompiler;
  readonly #trigger: CompiledTrigger;

  constructor(parts: PartCompiler, trigger: CompiledTrigger) {
    this.#parts = parts;
    this.#trigger = trigger;
  }

  /** Lays a list out from `at` on; answers where it begins: an empty list is where the way leads after it. */
  lay(steps: readonly JourneyStep[], { path, at, after }: Placed): number {
    let index = at;
    for (const [number, step] of steps.entries()) {
      const behind = index + countSteps([step]);
      const next = number === steps.length - 1 ? after : behind;
      // Reserved first: inner steps come behind the one that holds them.
      this.program[index] = EXIT;
      this.program[index] = this.#step(step, { path: `${path}[${number}]`, at: index, after: next });
      index = behind;
    }
    return steps.length === 0 ? after : at;
  }

  #step(step: JourneyStep, placed: Placed): CompiledStep {
    const base = { path: placed.path, next: placed.after };
    const { definition } = this.#trigger;
    switch (step.does) {
      case 'send':
      case 'task':
      case 'call':
        return {
          ...base,
          does: step.does,
          message: step.message,
          channel: step.does === 'send' ? step.channel : step.does === 'task' ? 'task' : 'webhook',
          // A call goes to a system of the company: no consent of the customer is asked, and no cap counts it.
          audience:
            step.does === 'send' ? definition.audienceRole : step.does === 'task' ? `staff:${step.role}` : CALLED,
          expiresAfterMs: step.expiresAfterMs ?? definition.expiresAfterMs,
        };
      case 'wait':
        return { ...base, does: 'wait', forMs: step.forMs, until: step.until };
      case 'set':
        return { ...base, does: 'set', traits: JSON.stringify(step.traits) };
      case 'exit':
        return { ...base, does: 'exit' };
      default:
        return this.#fork(step, placed);
    }
  }

  #fork(step: Extract<JourneyStep, { does: 'waitFor' | 'branch' | 'split' }>, placed: Placed): CompiledStep {
    const { path, after } = placed;
    const base = { path, next: after };
    let index = placed.at + 1;
    const inner = (steps: readonly JourneyStep[], name: string): number => {
      const first = this.lay(steps, { path: `${path}.${name}`, at: index, after });
      index += countSteps(steps);
      return first;
    };
    switch (step.does) {
      case 'waitFor': {
        const anyOf = step.anyOf.map((one, number) => this.#awaited(one, `${path}.anyOf[${number}]`));
        return {
          ...base,
          does: 'waitFor',
          anyOf,
          atMostMs: step.atMostMs,
          otherwise: inner(step.otherwise, 'otherwise'),
        };
      }
      case 'branch': {
        const branches = step.branches.map((branch, number) => ({
          name: String(number),
          condition: this.#parts.condition(branch.if, `${path}.branch[${number}].if`),
          to: inner(branch.steps, `branch[${number}].steps`),
        }));
        return {
          ...base,
          does: 'branch',
          branches,
          otherwise: inner(step.otherwise, `branch[${branches.length}].else`),
        };
      }
      case 'split': {
        let sum = 0;
        const ways = step.ways.map(({ name, percent, steps }, number) => {
          sum += percent;
          return { name, upTo: sum, to: inner(steps, `ways[${number}].steps`) };
        });
        return { ...base, does: 'split', id: step.id, ways };
      }
    }
  }

  #awaited(one: Awaited, field: string): CompiledAwaited {
    if (one.kind === 'outcome') return one;
    return { kind: 'event', match: this.#parts.match(one.event, field) };
  }
}

const CALLED = 'staff:systems';
const EXIT: CompiledStep = { path: '', next: 0, does: 'exit' };

import type { ASTNode } from '@marcbachmann/cel-js';
import { faultAt, type Place } from '../conditions/fault.ts';
import { isMacro, textTests } from '../conditions/functions.ts';
import { parseExpression } from '../conditions/parse.ts';
import type { ConditionFault } from '../conditions/types.ts';
import type { CompiledPlannedEvent, PropertyNode } from './compile-tracking.ts';
import { findProperty, type Steps } from './find-property.ts';

/** A fault of an expression against the plan of an event. */
export interface PlannedFault extends ConditionFault {
  /** Names that there are where `name` is not one. */
  readonly known?: readonly string[];
}

type Kind = 'a text' | 'a number' | 'true or false' | 'a list' | 'a group of fields';

/** What is known of a part of the expression without running it; null = anything. */
interface Known {
  readonly kind: Kind | null;
  readonly property: PropertyNode | null;
}
const ANYTHING: Known = { kind: null, property: null };

/** A datetime is text or UTC ms: it may be compared with both. */
const kinds: Readonly<Record<string, Kind | null>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of fields',
  datetime: null,
};

/** What an expression is checked against: typed names below a variable, and the words for what does not fit. */
export interface Subject {
  readonly properties: readonly PropertyNode[];
  /** The way below `properties` that an access takes; null when it is about something else. */
  stepsOf(variable: string, steps: Steps): Steps | null;
  unknown(name: string, within: string | null): string;
  notAllowed(written: string, path: string): string;
}

const plannedSubject = ({ definition, properties }: CompiledPlannedEvent): Subject => ({
  properties,
  stepsOf: plannedPath,
  unknown: (name, within) => {
    const where = within === null ? `“${definition.name}”` : `${within} of “${definition.name}”`;
    return `The tracking plan knows no property “${name}” of ${where}.`;
  },
  notAllowed: (written, path) => `The plan allows no ${written} for ${path}.`,
});

/**
 * Faults of an expression that parses, as far as `properties` (in a journey `evidence.properties`) is of the planned event:
 * unknown names, and types that can't fit, which would both be false in silence.
 */
export const checkPlanned = (
  text: string,
  planned: CompiledPlannedEvent,
  how: { readonly mustBeBoolean: boolean },
): readonly PlannedFault[] => checkSubject(text, plannedSubject(planned), how);

/** Faults of an expression that parses, as far as it is about the subject. */
export function checkSubject(
  text: string,
  subject: Subject,
  { mustBeBoolean }: { readonly mustBeBoolean: boolean },
): readonly PlannedFault[] {
  const check = new Check(subject);
  const root = parseExpression(text);
  const { kind, property } = check.visit(root, []);
  if (mustBeBoolean && property !== null && kind !== null && kind !== 'true or false') {
    check.fault(root, `${quote(root)} is ${kind}, not true or false.`);
  }
  return check.faults;
}

const quote = (node: ASTNode): string => `“${node.input.slice(node.start, node.end)}”`;
const isLiteral = (node: ASTNode): node is Extract<ASTNode, { op: 'value' }> => node.op === 'value';

class Check {
  readonly faults: PlannedFault[] = [];
  readonly #subject: Subject;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  fault(place: Place, message: string, more: Pick<PlannedFault, 'name' | 'known'> = {}): void {
    const code = more.name === undefined ? 'TYPE' : 'UNKNOWN_NAME';
    this.faults.push({ ...faultAt(place, { code, message }), ...more });
  }

  visit(node: ASTNode, locals: readonly string[]): Known {
    const all = (nodes: readonly ASTNode[]): Known[] => nodes.map((one) => this.visit(one, locals));
    switch (node.op) {
      case 'value':
        return { ...ANYTHING, kind: kindOfLiteral(node.args) };
      case '.':
      case '[]':
        return this.#access(node, locals);
      case 'call': {
        all(node.args[1]);
        const kind = { has: 'true or false', string: 'a text' }[node.args[0]] ?? 'a number';
        return { ...ANYTHING, kind: kind as Kind };
      }
      case 'rcall':
        return this.#method(node, locals);
      case 'list':
        all(node.args);
        return { ...ANYTHING, kind: 'a list' };
      case '&&':
      case '||':
        for (const operand of node.args) this.#truth(operand, this.visit(operand, locals));
        return { ...ANYTHING, kind: 'true or false' };
      case '!_':
        this.#truth(node.args, this.visit(node.args, locals));
        return { ...ANYTHING, kind: 'true or false' };
      case '-_':
        return this.#amount(node.args, this.visit(node.args, locals));
      case '?:': {
        const [condition, yes, no] = node.args;
        this.#truth(condition, this.visit(condition, locals));
        const [one, other] = [this.visit(yes, locals), this.visit(no, locals)];
        return { ...ANYTHING, kind: one.kind === other.kind ? one.kind : null };
      }
      case 'id':
        return ANYTHING;
      default:
        return Array.isArray(node.args) ? this.#binary(node as BinaryNode, locals) : ANYTHING;
    }
  }

  #binary(node: BinaryNode, locals: readonly string[]): Known {
    const [left, right] = node.args;
    const [one, other] = [this.visit(left, locals), this.visit(right, locals)];
    const isPlanned = one.property !== null || other.property !== null;
    switch (node.op) {
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        if (isPlanned && one.kind !== null && other.kind !== null && one.kind !== other.kind) {
          this.fault(node, `${quote(left)} is ${one.kind} and ${quote(right)} is ${other.kind}: they never compare.`);
        } else if (node.op === '==' || node.op === '!=') {
          this.#allowed(right, one);
          this.#allowed(left, other);
        }
        return { ...ANYTHING, kind: 'true or false' };
      case 'in':
        if (right.op === 'list') for (const item of right.args) this.#member(item, left, one);
        else if (
          other.property !== null &&
          other.kind !== null &&
          other.kind !== 'a list' &&
          other.kind !== 'a group of fields'
        )
          this.fault(right, `${quote(right)} is ${other.kind}, not a list.`);
        return { ...ANYTHING, kind: 'true or false' };
      case '+':
        if (isPlanned && one.kind !== null && other.kind !== null && one.kind !== other.kind) {
          this.fault(node, `${quote(left)} is ${one.kind} and ${quote(right)} is ${other.kind}: they can't be added.`);
        }
        return { ...ANYTHING, kind: one.kind ?? other.kind };
      default:
        this.#amount(left, one);
        return this.#amount(right, other);
    }
  }

  #member(item: ASTNode, left: ASTNode, one: Known): void {
    const kind = isLiteral(item) ? kindOfLiteral(item.args) : null;
    if (one.property !== null && one.kind !== null && kind !== null && kind !== one.kind) {
      this.fault(item, `${quote(left)} is ${one.kind} and ${quote(item)} is ${kind}: they never compare.`);
    } else this.#allowed(item, one);
  }

  /** A literal that the property can never be. */
  #allowed(node: ASTNode, { property }: Known): void {
    if (!isLiteral(node) || property?.values == null) return;
    const value = typeof node.args === 'bigint' ? Number(node.args) : node.args;
    if (value === null || property.values.has(value)) return;
    const known = [...property.values].map(String);
    this.fault(node, this.#subject.notAllowed(quote(node), property.path), { name: String(value), known });
  }

  #amount(node: ASTNode, { property, kind }: Known): Known {
    if (property !== null && kind !== null && kind !== 'a number') {
      this.fault(node, `${quote(node)} is ${kind}, not a number.`);
    }
    return { ...ANYTHING, kind: 'a number' };
  }

  #truth(node: ASTNode, { property, kind }: Known): void {
    if (property !== null && kind !== null && kind !== 'true or false') {
      this.fault(node, `${quote(node)} is ${kind}, not true or false.`);
    }
  }

  #method(node: Extract<ASTNode, { op: 'rcall' }>, locals: readonly string[]): Known {
    const [name, receiver, args] = node.args;
    const of = this.visit(receiver, locals);
    const expected: Kind | null = isMacro(name) ? 'a list' : name === 'size' ? null : 'a text';
    if (of.property !== null && of.kind !== null && expected !== null && of.kind !== expected) {
      this.fault(receiver, `${quote(receiver)} is ${of.kind}, and ${name} asks for ${expected}.`);
    }
    const [variable, ...rest] = args;
    if (isMacro(name)) {
      const inner = variable?.op === 'id' ? [...locals, variable.args] : locals;
      for (const one of rest) this.visit(one, inner);
      return { ...ANYTHING, kind: name === 'filter' || name === 'map' ? 'a list' : 'true or false' };
    }
    for (const one of args) this.visit(one, locals);
    if (Object.hasOwn(textTests, name)) return { ...ANYTHING, kind: 'true or false' };
    return { ...ANYTHING, kind: name === 'size' ? 'a number' : 'a text' };
  }

  #access(node: Extract<ASTNode, { op: '.' | '[]' }>, locals: readonly string[]): Known {
    const steps: (string | null)[] = [];
    let at: ASTNode = node;
    while (at.op === '.' || at.op === '[]') {
      const key: string | ASTNode = at.args[1];
      if (typeof key === 'string') steps.unshift(key);
      else if (isLiteral(key)) steps.unshift(typeof key.args === 'string' ? key.args : null);
      else {
        this.visit(key, locals);
        steps.unshift(null);
      }
      at = at.args[0];
    }
    if (at.op !== 'id') {
      this.visit(at, locals);
      return ANYTHING;
    }
    const path = locals.includes(at.args) ? null : this.#subject.stepsOf(at.args, steps);
    return path === null ? ANYTHING : this.#property(node, path);
  }

  #property(node: ASTNode, steps: Steps): Known {
    const found = findProperty(this.#subject, steps);
    if (found.is === 'open') return ANYTHING;
    if (found.is === 'known') {
      const { property } = found;
      return { property, kind: property.type === null ? null : (kinds[property.type] ?? null) };
    }
    const { name, within, known } = found;
    this.fault(node, this.#subject.unknown(name, within), { name, known });
    return ANYTHING;
  }
}

type BinaryNode = Extract<ASTNode, { op: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%' }>;

function plannedPath(variable: string, steps: Steps): Steps | null {
  if (variable === 'properties') return steps;
  return variable === 'evidence' && steps[0] === 'properties' ? steps.slice(1) : null;
}

function kindOfLiteral(value: unknown): Kind | null {
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'number' || typeof value === 'bigint' ? 'a number' : null;
}

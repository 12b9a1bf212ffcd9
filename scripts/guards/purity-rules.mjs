// Lock 2 of purity: reads the syntax tree of a file and names whatever would make two runs differ.
import { isBuiltin } from 'node:module';
import ts from 'typescript';
import { machineGlobals, machineMembers, pureBuiltins, shellRemedy, timeRemedy } from './purity-names.mjs';
import { declaredNames, importOf, isValueUse, memberOf } from './syntax.mjs';

/** @typedef {import('./report.mjs').Fault} Fault */

/**
 * @typedef {object} PurityContext
 * @property {string} file path from the root, for the report
 * @property {boolean} timeRoom true in packages/decisions/src/time
 * @property {(specifier: string, typeOnly: boolean) => boolean} mayImport
 */

/**
 * @param {string} text
 * @param {PurityContext} context
 * @returns {Fault[]}
 */
export function purityFaults(text, context) {
  const source = ts.createSourceFile(context.file, text, ts.ScriptTarget.Latest, true);
  /** @type {Fault[]} */
  const faults = [];
  const declared = declaredNames(source);
  const addAt = (/** @type {number} */ at, /** @type {Found} */ found) => {
    faults.push({ file: context.file, line: source.getLineAndCharacterOfPosition(at).line + 1, ...found });
  };
  for (const directive of [
    ...source.typeReferenceDirectives,
    ...source.libReferenceDirectives,
    ...source.referencedFiles,
  ]) {
    addAt(directive.pos, {
      rule: 'reference',
      message: 'a /// <reference> directive in a pure room',
      remedy: 'remove it; it would open the compiler lock',
    });
  }
  const visit = (/** @type {ts.Node} */ node) => {
    const found = importFault(node, context) ?? asyncFault(node) ?? memberFault(node);
    if (found !== undefined) addAt(node.getStart(), found);
    const misused = ts.isIdentifier(node) && !declared.has(node.text) ? identifierFault(node, context) : undefined;
    if (misused !== undefined) addAt(node.getStart(), misused);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}

/** @typedef {Pick<Fault, 'rule' | 'message' | 'remedy'>} Found */

/**
 * @param {ts.Node} node
 * @param {PurityContext} context
 * @returns {Found | undefined}
 */
function importFault(node, context) {
  const rule = 'import';
  // A declaration brings no code: what it names is refused where it is imported.
  if (context.file.endsWith('.d.ts')) return undefined;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return { rule, message: 'import() answers with a promise', remedy: 'import at the top of the file' };
  }
  const written = importOf(node);
  if (written === undefined || written.specifier.startsWith('./') || written.specifier.startsWith('../'))
    return undefined;
  const { specifier, typeOnly } = written;
  if (isPureBuiltin(node, specifier)) return undefined;
  if (isBuiltin(specifier)) return { rule, message: `import of Node's "${specifier}"`, remedy: shellRemedy };
  if (context.mayImport(specifier, typeOnly)) return undefined;
  const remedy = 'a pure room uses only the packages it is allowed (scripts/guards/rooms.mjs)';
  return { rule, message: `import of "${specifier}" in a pure room`, remedy };
}

/**
 * Of Node's modules only functions of their arguments, each by name: `import { hash } from 'node:crypto'`.
 * @param {ts.Node} node
 * @param {string} specifier
 */
function isPureBuiltin(node, specifier) {
  const allowed = pureBuiltins.get(specifier);
  if (allowed === undefined || !ts.isImportDeclaration(node)) return false;
  const bindings = node.importClause?.name === undefined ? node.importClause?.namedBindings : undefined;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.every(({ name, propertyName }) => allowed.includes((propertyName ?? name).text));
}

/**
 * @param {ts.Node} node
 * @returns {Found | undefined}
 */
function asyncFault(node) {
  const remedy = 'answer with data; the shell waits';
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return { rule: 'async', message: 'async in a pure room', remedy };
  if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)) {
    return { rule: 'async', message: 'await in a pure room', remedy };
  }
  return undefined;
}

/**
 * @param {ts.Identifier} node
 * @param {PurityContext} context
 * @returns {Found | undefined}
 */
function identifierFault(node, context) {
  const name = node.text;
  if (!isValueUse(node)) return undefined;
  if (name === 'Date') return dateFault(node, context);
  if (name === 'Math') return mathFault(node);
  if (name === 'Intl') return intlFault(node, context);
  const remedy = machineGlobals.get(name);
  return remedy === undefined ? undefined : { rule: 'global', message: `use of ${name}`, remedy };
}

/**
 * @param {ts.Identifier} node
 * @returns {Found | undefined}
 */
function mathFault(node) {
  const member = memberOf(node);
  if (member === undefined) {
    return { rule: 'random', message: 'Math under another name', remedy: 'write Math.<function> where it is used' };
  }
  if (member !== 'random') return undefined;
  return { rule: 'random', message: 'Math.random', remedy: 'take randomness in as an argument, or hash the causes' };
}

/**
 * `Date` is allowed as `new Date(oneArgument)`, `Date.UTC(…)`, `instanceof Date`, and in the time room `Date.parse`;
 * everything else reads the clock, the machine's zone, or hides which of both it does.
 * @param {ts.Identifier} node
 * @param {PurityContext} context
 * @returns {Found | undefined}
 */
function dateFault(node, { timeRoom }) {
  const parent = node.parent;
  if (ts.isNewExpression(parent) && parent.expression === node) return newDateFault(parent);
  if (ts.isCallExpression(parent) && parent.expression === node) {
    return { rule: 'clock', message: 'Date() reads the clock', remedy: timeRemedy };
  }
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return undefined;
  const member = memberOf(node);
  if (member === 'UTC' || (member === 'parse' && timeRoom)) return undefined;
  if (member === 'now') return { rule: 'clock', message: 'Date.now', remedy: timeRemedy };
  if (member === 'parse') {
    const remedy = 'parse in packages/decisions/src/time, offset required';
    return { rule: 'zone', message: "Date.parse reads text without an offset in the machine's zone", remedy };
  }
  return {
    rule: 'clock',
    message: 'Date under another name',
    remedy: 'write new Date(epochMs) or Date.UTC(…) where it is used',
  };
}

/**
 * @param {ts.NewExpression} node
 * @returns {Found | undefined}
 */
function newDateFault(node) {
  const given = node.arguments ?? [];
  if (given.length === 0)
    return { rule: 'clock', message: 'new Date() without an argument reads the clock', remedy: timeRemedy };
  if (given.some(ts.isSpreadElement))
    return { rule: 'clock', message: 'new Date(...spread) may read the clock', remedy: timeRemedy };
  if (given.length === 1) return undefined;
  return { rule: 'zone', message: "new Date(year, month, …) is in the machine's zone", remedy: 'use Date.UTC(…)' };
}

/**
 * @param {ts.Identifier} node
 * @param {PurityContext} context
 * @returns {Found | undefined}
 */
function intlFault(node, { timeRoom }) {
  const rule = 'locale';
  if (!timeRoom) return { rule, message: 'use of Intl', remedy: 'calendar work lives in packages/decisions/src/time' };
  const access = node.parent;
  const made = access.parent;
  const isMade = (ts.isNewExpression(made) || ts.isCallExpression(made)) && made.expression === access;
  const given = isMade ? (made.arguments ?? []) : [];
  if (given.length >= 2 && given[0]?.getText() !== 'undefined') return undefined;
  return {
    rule,
    message: 'Intl without locale and options',
    remedy: "name both: new Intl.DateTimeFormat('en-GB', { timeZone, … })",
  };
}

/**
 * @param {ts.Node} node
 * @returns {Found | undefined}
 */
function memberFault(node) {
  /** @type {string | undefined} */
  let name;
  if (ts.isPropertyAccessExpression(node)) name = node.name.text;
  else if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
    name = node.argumentExpression.text;
  else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent))
    name = (node.propertyName ?? node.name).getText();
  const remedy = name === undefined ? undefined : machineMembers.get(name);
  return remedy === undefined ? undefined : { rule: 'locale', message: `${name} depends on the machine`, remedy };
}

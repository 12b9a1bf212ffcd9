// What a source file must look like: its length, its functions, its parameters, its silencings.
import ts from 'typescript';

/** @typedef {import('./report.mjs').Fault} Fault */

export const limits = { fileLines: 300, functionLines: 60, parameters: 3, mainLines: 40, reasonWithin: 10 };

/** @param {string} text */
function lineCount(text) {
  return text.endsWith('\n') ? text.split('\n').length - 1 : text.split('\n').length;
}

/**
 * @param {string} file path from the root
 * @param {string} text
 * @returns {Fault[]}
 */
export function sourceFaults(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const excused = text
    .split('\n')
    .slice(0, limits.reasonWithin)
    .some((line) => /^\s*(\/\/|\*|\/\*\*?) length: \S.{9,}/.test(line));
  const isTest = /\.(spec|fixture)\.tsx?$/.test(file);
  return [
    ...lengthFaults(file, text, excused),
    ...functionFaults(file, source, { excused, isTest }),
    ...exportFaults(file, source),
    ...silencingFaults(file, text),
  ];
}

/**
 * @param {string} file
 * @param {string} text
 * @param {boolean} excused holds for long files, never for main.ts
 * @returns {Fault[]}
 */
function lengthFaults(file, text, excused) {
  const lines = lineCount(text);
  const isMain = /^services\/[^/]+\/src\/main\.ts$/.test(file);
  if (isMain && lines > limits.mainLines) {
    const remedy = 'main only starts and stops; move the rest to wiring.ts';
    return [
      {
        file,
        line: limits.mainLines + 1,
        rule: 'main-length',
        message: `main.ts has ${lines} lines, the limit is ${limits.mainLines}`,
        remedy,
      },
    ];
  }
  if (lines <= limits.fileLines || excused) return [];
  const remedy = 'split by idea, or say why not in the first lines: // length: <reason>';
  return [
    {
      file,
      line: limits.fileLines + 1,
      rule: 'file-length',
      message: `the file has ${lines} lines, the limit is ${limits.fileLines}`,
      remedy,
    },
  ];
}

/**
 * @param {string} file
 * @param {ts.SourceFile} source
 * @param {{ excused: boolean, isTest: boolean }} how
 * @returns {Fault[]}
 */
function functionFaults(file, source, { excused, isTest }) {
  /** @type {Fault[]} */
  const faults = [];
  const lineOf = (/** @type {number} */ at) => source.getLineAndCharacterOfPosition(at).line + 1;
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const line = lineOf(node.getStart());
      const lines = lineOf(node.getEnd()) - line + 1;
      const name = nameOf(node);
      // A describe block is a chapter, not a function.
      const isChapter = isTest && (isArgument(node) || describes(node.body));
      if (lines > limits.functionLines && !excused && !isChapter) {
        const remedy = 'name its parts, or say why not in the first lines of the file: // length: <reason>';
        faults.push({
          file,
          line,
          rule: 'function-length',
          message: `${name} has ${lines} lines, the limit is ${limits.functionLines}`,
          remedy,
        });
      }
      const parameters = node.parameters.filter((one) => one.name.getText() !== 'this').length;
      // A callback's parameters are its caller's choice; its length is still ours.
      if (parameters > limits.parameters && !isArgument(node)) {
        const remedy = 'keep the first ones and gather the rest in one options object';
        faults.push({
          file,
          line,
          rule: 'parameters',
          message: `${name} has ${parameters} positional parameters, the limit is ${limits.parameters}`,
          remedy,
        });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}

const isArgument = (/** @type {ts.Node} */ node) => ts.isCallExpression(node.parent) && node.parent.expression !== node;

/**
 * @param {ts.Node} body
 * @returns {boolean} true for a suite that several rooms run: a function whose own statements are describe and it
 */
function describes(body) {
  const calls = ts.isBlock(body) ? body.statements.filter(ts.isExpressionStatement) : [];
  return calls.some(({ expression }) => /^(describe|it)\b/.test(expression.getText()));
}

/** @param {ts.SignatureDeclaration} node */
function nameOf(node) {
  if (ts.isConstructorDeclaration(node)) return 'the constructor';
  if (node.name !== undefined) return node.name.getText();
  const parent = node.parent;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return named ? parent.name.getText() : 'a function without a name';
}

/**
 * @param {string} file
 * @param {ts.SourceFile} source
 * @returns {Fault[]}
 */
function exportFaults(file, source) {
  const remedy = 'export by name what the readers of this file need';
  return source.statements.flatMap((statement) => {
    const isStar =
      ts.isExportDeclaration(statement) &&
      statement.exportClause === undefined &&
      statement.moduleSpecifier !== undefined;
    if (!isStar || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const from = statement.moduleSpecifier.text;
    if (from.startsWith('.')) return [];
    const line = source.getLineAndCharacterOfPosition(statement.getStart()).line + 1;
    return [{ file, line, rule: 'export-star', message: `export * from the foreign package "${from}"`, remedy }];
  });
}

// Written in two parts, so that this file does not accuse itself.
const silencing = new RegExp(`@ts-${'(ignore|nocheck|expect-error)'}(.*)`);

/**
 * @param {string} file
 * @param {string} text
 * @returns {Fault[]}
 */
function silencingFaults(file, text) {
  return text.split('\n').flatMap((written, at) => {
    const [, kind, rest = ''] = silencing.exec(written) ?? [];
    if (kind === undefined || (kind === 'expect-error' && /[a-z]{3,}/i.test(rest))) return [];
    const remedy = 'correct the type, or write @ts-expect-error with its reason on the same line';
    return [
      { file, line: at + 1, rule: 'silencing', message: `the compiler is silenced (${kind}) without a reason`, remedy },
    ];
  });
}

// Questions to a syntax tree: what is imported, which names are declared, whether an identifier is used as a value.
import ts from 'typescript';

/**
 * @param {ts.Node} node
 * @returns {{ specifier: string, typeOnly: boolean } | undefined}
 */
export function importOf(node) {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.importClause?.isTypeOnly === true };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true };
  }
  if (ts.isExternalModuleReference(node) && ts.isStringLiteral(node.expression)) {
    return { specifier: node.expression.text, typeOnly: false };
  }
  return undefined;
}

/**
 * @param {ts.Identifier} node
 * @returns {string | undefined} `now` in `Date.now` and `Date['now']`
 */
export function memberOf(node) {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return parent.name.text;
  if (ts.isElementAccessExpression(parent) && parent.expression === node) {
    return ts.isStringLiteralLike(parent.argumentExpression) ? parent.argumentExpression.text : undefined;
  }
  return undefined;
}

/**
 * @param {ts.Identifier} node
 * @returns {boolean} false for types, property names, keys, labels and the names that imports and exports rename
 */
export function isValueUse(node) {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false;
  if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent)) return false;
  if (ts.isExpressionWithTypeArguments(parent) && ts.isInterfaceDeclaration(parent.parent.parent)) return false;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return false;
  const named = /** @type {{ name?: ts.Node }} */ (parent);
  return named.name !== node || ts.isShorthandPropertyAssignment(parent);
}

/**
 * A name that the file declares itself (a parameter called `self`) is not the global. One list for the whole file: a
 * file that wants both a global and its own thing of that name has to rename its own thing.
 * @param {ts.SourceFile} source
 * @returns {Set<string>}
 */
export function declaredNames(source) {
  /** @type {Set<string>} */
  const names = new Set();
  const visit = (/** @type {ts.Node} */ node) => {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node) ||
      ts.isNamespaceImport(node);
    if (isDeclaration && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  // These three are too easy to reach under a declared disguise; they are never anything but the global.
  for (const never of ['Date', 'Math', 'Intl']) names.delete(never);
  return names;
}

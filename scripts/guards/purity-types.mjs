// Lock 1 of purity: each pure room compiled alone, with no library but the language's own. `process`, `Buffer`, `fetch`,
// timers and `node:*` then do not exist.
import { relative } from 'node:path';
import ts from 'typescript';
import { pureRooms } from './rooms.mjs';

/** @typedef {import('./report.mjs').Fault} Fault */

/** @type {ts.CompilerOptions} the strictness of tsconfig.base.json, with the world taken away */
const options = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  types: [],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
};

/**
 * With `types: []` alone, one `/// <reference types="node" />` anywhere in the program, also in a package that a room
 * imports, brings the machine back without a word. So these files are read as empty.
 */
const machineTypes = /\/@types\/node\/|\/typescript\/lib\/lib\.(dom|webworker|scripthost)\b/;

/**
 * @param {string} root
 * @returns {Fault[]}
 */
export function compilerFaults(root) {
  /** @type {Map<string, ts.SourceFile | undefined>} */
  const parsed = new Map();
  return pureRooms(root).flatMap((room) => {
    const host = ts.createCompilerHost(options);
    const parse = host.getSourceFile.bind(host);
    host.getCurrentDirectory = () => root;
    // Library files are the same for every room; parsing them once keeps the lock fast.
    host.getSourceFile = (file, language, ...rest) => {
      if (machineTypes.test(file)) return ts.createSourceFile(file, '', language);
      if (!parsed.has(file)) parsed.set(file, parse(file, language, ...rest));
      return parsed.get(file);
    };
    return diagnosticsOf(root, ts.createProgram(room.files, options, host), new Set(room.files));
  });
}

/**
 * @param {string} root
 * @param {ts.Program} program
 * @param {Set<string>} files of the room; what they import (ports.ts) may speak of the machine in its types
 * @returns {Fault[]}
 */
function diagnosticsOf(root, program, files) {
  const remedy = 'a pure room knows only the language; take what it needs in as an argument';
  return ts.getPreEmitDiagnostics(program).flatMap(({ file, start = 0, code, messageText }) => {
    if (file !== undefined && !files.has(file.fileName)) return [];
    const message = `compiled without the machine: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    const line = file === undefined ? 1 : file.getLineAndCharacterOfPosition(start).line + 1;
    return [
      { file: file === undefined ? '.' : relative(root, file.fileName), line, rule: `ts${code}`, message, remedy },
    ];
  });
}

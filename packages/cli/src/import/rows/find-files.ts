import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { CliError } from '../../exit.ts';

/** The files that are meant by names of files, folders and patterns, folders and patterns in order of their names. */
export async function findFiles(given: readonly string[], namesInFolder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const one of given) {
    if (existsSync(one) && statSync(one).isFile()) found.push(one);
    else found.push(...(await matchesOf(one, namesInFolder)));
  }
  return [...new Set(found)];
}

async function matchesOf(one: string, namesInFolder: string): Promise<readonly string[]> {
  const isFolder = existsSync(one) && statSync(one).isDirectory();
  const names = isFolder
    ? await glob(namesInFolder, { cwd: one, onlyFiles: true, expandDirectories: false })
    : await glob(one, { onlyFiles: true, expandDirectories: false });
  if (names.length > 0) return names.toSorted().map((name) => (isFolder ? path.join(one, name) : name));
  if (isFolder) throw new CliError(`${one} holds no file named ${namesInFolder} (file.names of the mapping).`);
  throw new CliError(`${one} is no file, no folder, and no pattern that fits a file.`);
}

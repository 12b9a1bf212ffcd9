// Keeps the present Avro schemas as versions that every later one must stay compatible with (avro/history/<schema>.<n>.avsc).
// Run it when a schema changed, before the commit: node packages/contracts/scripts/keep-version.mjs
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const avro = path.join(import.meta.dirname, '..', 'avro');
const history = path.join(avro, 'history');

await mkdir(history, { recursive: true });
const kept = await readdir(history);
for (const file of (await readdir(avro)).filter((name) => name.endsWith('.avsc'))) {
  const schema = file.slice(0, -'.avsc'.length);
  const numbers = kept.filter((name) => name.startsWith(`${schema}.`)).map((name) => Number(name.split('.').at(-2)));
  const latest = Math.max(0, ...numbers);
  const text = await readFile(path.join(avro, file), 'utf8');
  const same = latest > 0 && (await readFile(path.join(history, `${schema}.${latest}.avsc`), 'utf8')) === text;
  if (same) continue;
  await writeFile(path.join(history, `${schema}.${latest + 1}.avsc`), text);
  process.stdout.write(`kept ${schema} as version ${latest + 1}\n`);
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { registerImport } from '../commands/import.ts';
import { itemsOf, openFolder, refusalsOf } from './import.fixture.ts';
import { readMapping } from './mapping/read-mapping.ts';
import { refusalReasons } from './refusal.ts';
import { RefusalReport } from './report.ts';
import { shippedFolder } from './shipped-mappings.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const guide = readFileSync(path.join(root, 'docs/guides/bring-offline-touchpoints.md'), 'utf8');

const commands = [...guide.matchAll(/^npm run kairos -- (import .*)$/gm)].map(([, command = '']) => command);
const blocksOf = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text);

/** Runs a command of the guide as a dry run and answers what it says. */
async function dryRun(command: string): Promise<string> {
  const said: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.push(String(text));
    return true;
  });
  const program = new Command('kairos').exitOverride();
  registerImport(program);
  const words = command.split(/\s+/).map((word) => (word.startsWith('packages/') ? path.join(root, word) : word));
  try {
    await program.parseAsync(words.includes('--check') ? words : [...words, '--check'], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return said.join('');
}

describe('the guide on offline touchpoints', () => {
  it('has a command for each of the five', () => {
    expect(commands.map((command) => command.replace('--check ', '').split(' ')[1])).toEqual([
      'call-centre',
      'call-centre',
      'till',
      'store-visit',
      'print-response',
      'social-mention',
    ]);
  });

  it.each(commands)('%s works as it stands there', async (command) => {
    expect(await dryRun(command)).toContain(' 0 refused');
    expect(process.exitCode ?? 0).toBe(0);
  });

  it('shows what a dry run says', async () => {
    const [, shown = ''] = /```sh\n.*--check.*\n```\n\n```\n([\s\S]*?)```/.exec(guide) ?? [];
    // Progress shows now and then where there is no terminal.
    const timeless = (text: string): string => text.replace(/^read .*\n/, '').replace(/in \d+\.\d s/, 'in 0.0 s');
    expect(shown).not.toBe('');
    expect(timeless(await dryRun(commands[0] ?? ''))).toBe(shown);
  });

  it('shows a report as it is written', async () => {
    const folder = openFolder();
    const text = readFileSync(path.join(shippedFolder, 'till.sample.csv'), 'latin1').replace('3;2,00', '3;3.95');
    const file = folder.write('till.csv', Buffer.from(text, 'latin1'));
    const report = new RefusalReport(path.join(folder.path, 'report.csv'), 0);
    try {
      await report.add(refusalsOf(await itemsOf(await readMapping('till'), [file])));
      expect(guide).toContain(readFileSync(report.file, 'utf8'));
    } finally {
      await report.close();
      folder.remove();
    }
  });

  it('quotes a mapping as it is shipped', () => {
    const [quoted = ''] = blocksOf('yaml');
    expect(quoted).toBe(readFileSync(path.join(shippedFolder, 'store-visit.yaml'), 'utf8'));
  });

  it('explains every reason for which a row is refused', () => {
    const chapter = guide.slice(guide.indexOf('## 3.'), guide.indexOf('## 4.'));
    for (const reason of Object.keys(refusalReasons)) expect(chapter).toContain(`\`${reason}\``);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { registerPlaybook } from './playbook.ts';

let folder = '';
let out = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kairos-conflicts-'));
  out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.exitCode = 0;
  await rm(folder, { recursive: true });
});

async function conflicts(text: string, ...flags: string[]): Promise<unknown> {
  await writeFile(path.join(folder, 'a.yaml'), text);
  process.exitCode = 0;
  const program = new Command();
  registerPlaybook(program);
  await program.parseAsync(['playbook', 'conflicts', folder, ...flags], { from: 'user' });
  return process.exitCode;
}

const mail = `
kind: Message
id: mail
status: live
purpose: marketing
channels: { email: { subject: Hello, body: "<p>hello</p>" } }
`;
const trigger = (id: string, more = '') =>
  `---\nkind: Trigger\nid: ${id}\nstatus: live\npurpose: marketing\nwhen: { did: A }\nsend: mail\n${more}\n`;

describe('kairos playbook conflicts', () => {
  it('prints what may happen and ends well, unless it is to be strict', async () => {
    const text = [mail, trigger('one'), trigger('two')].join('');
    expect(await conflicts(text)).toBe(0);
    expect(out).toContain('a.yaml:20:7 warning when: SAME_START may reach the same person as “one” by email');
    expect(out).toContain('3 definitions, 0 faults, 0 conflicts, 1 possible ones');
    expect(await conflicts(text, '--strict')).toBe(1);
  });

  it('ends with 1 for what is certain, as JSON with code and who takes part', async () => {
    expect(
      await conflicts(
        [mail, trigger('one', 'audience: profile.orderCount > 5 && profile.orderCount < 3')].join(''),
        '--json',
      ),
    ).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      definitions: 2,
      issues: [],
      conflicts: [
        {
          code: 'NEVER_FIRES',
          severity: 'error',
          file: 'a.yaml',
          line: 14,
          column: 11,
          in: { kind: 'Trigger', id: 'one' },
        },
      ],
    });
  });

  it('looks at drafts when asked, and names faults of lint beside what it finds', async () => {
    const draft = trigger('two').replace('status: live', 'status: draft');
    expect(await conflicts([mail, trigger('one'), draft].join(''), '--drafts')).toBe(0);
    expect(out).toContain('SAME_START');
    out = '';
    expect(await conflicts([mail, trigger('one', 'priorty: 3')].join(''))).toBe(1);
    expect(out).toContain('unknown field “priorty”');
  });
});

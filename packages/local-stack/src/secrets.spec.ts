import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { loadOrCreateSecrets } from './secrets.ts';

const homes: string[] = [];
const newHome = () => {
  const home = mkdtempSync(join(tmpdir(), 'kairos-secrets-'));
  homes.push(home);
  return home;
};

afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true });
});

describe('the secrets of a home', () => {
  it('are made once and stay', () => {
    const home = newHome();
    expect(loadOrCreateSecrets(home)).toEqual(loadOrCreateSecrets(home));
  });

  it('differ between homes', () => {
    const [one, other] = [loadOrCreateSecrets(newHome()), loadOrCreateSecrets(newHome())];
    expect(one.apiToken).not.toBe(other.apiToken);
    expect(one.writeKeys.server).not.toBe(one.writeKeys.demo);
  });

  it('are readable by their owner only', () => {
    const home = newHome();
    loadOrCreateSecrets(home);
    expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('have a console password that can be typed from a terminal', () => {
    expect(loadOrCreateSecrets(newHome()).consoleAdminPassword).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
  });

  it('keep what an older version has written and gain what it lacked', () => {
    const home = newHome();
    writeFileSync(join(home, 'secrets.json'), JSON.stringify({ apiToken: 'kept', writeKeys: { server: 'kept too' } }));
    const secrets = loadOrCreateSecrets(home);
    expect(secrets.apiToken).toBe('kept');
    expect(secrets.writeKeys.server).toBe('kept too');
    expect(secrets.writeKeys.demo).toMatch(/^wk_demo_/);
    expect(JSON.parse(readFileSync(join(home, 'secrets.json'), 'utf8'))).toEqual(secrets);
  });
});

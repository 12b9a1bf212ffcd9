import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { COMPOSE_FILE, composeStop, composeUp, dockerAnswers } from './compose.ts';

const folder = mkdtempSync(join(tmpdir(), 'kairos-docker-'));
const calls = join(folder, 'calls');

/** A client that notes what it is told, in the place of Docker's. */
function clientThat(does: string): { PATH: string } {
  const client = join(folder, 'docker');
  writeFileSync(client, `#!/bin/sh\necho "$@" >> ${calls}\n${does}\n`);
  chmodSync(client, 0o755);
  return { PATH: [folder, process.env.PATH].join(delimiter) };
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('Docker', () => {
  it('counts when its engine answers, not when the client alone is there', async () => {
    expect(await dockerAnswers(clientThat('echo 28.2.2'))).toBe(true);
    expect(await dockerAnswers(clientThat('echo Cannot connect to the Docker daemon >&2; exit 1'))).toBe(false);
    expect(await dockerAnswers({ PATH: '/nonexistent' })).toBe(false);
  });

  it('is asked to start the wanted parts and wait until they are healthy, and to stop them without their volumes', async () => {
    const env = clientThat('exit 0');
    writeFileSync(calls, '');
    await composeUp(['kafka', 'redis'], env);
    await composeStop(['kafka', 'redis'], env);
    const compose = `compose -f ${COMPOSE_FILE} --profile infra`;
    expect(readFileSync(calls, 'utf8').trim().split('\n')).toEqual([
      `${compose} up -d --wait kafka redis`,
      `${compose} stop kafka redis`,
    ]);
  });

  it('is quoted when it fails', async () => {
    const env = clientThat('echo "port is already allocated" >&2; exit 1');
    await expect(composeUp(['kafka'], env)).rejects.toThrow('port is already allocated');
  });
});

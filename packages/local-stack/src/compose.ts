import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from './home.ts';
import { onPath } from './prerequisites.ts';
import type { Environment, OwnPart, PartName } from './types.ts';

const run = promisify(execFile);

export const COMPOSE_FILE = join(REPOSITORY, 'docker-compose.yml');

/** Parts that compose runs for us, and what they answer to on the host; the file binds the same ports. */
export const COMPOSE_ADDRESSES: Readonly<Record<Exclude<PartName, OwnPart>, (env: Environment) => string>> = {
  kafka: (env) => `127.0.0.1:${env.KAIROS_KAFKA_PORT || 19_092}`,
  registry: (env) => `http://127.0.0.1:${env.KAIROS_REGISTRY_PORT || 18_081}/apis/ccompat/v7`,
  redis: (env) => `redis://127.0.0.1:${env.KAIROS_REDIS_PORT || 16_379}/0`,
  postgres: (env) =>
    `postgres://kairos:${encodeURIComponent(env.KAIROS_POSTGRES_PASSWORD || 'kairos')}@127.0.0.1:${env.KAIROS_POSTGRES_PORT || 15_432}/kairos`,
};

/** Whether an engine answers; the client alone (`docker --version`) says nothing. */
export async function dockerAnswers(env: Environment): Promise<boolean> {
  if (onPath('docker', env) === undefined) return false;
  try {
    const { stdout } = await run('docker', ['info', '--format', '{{.ServerVersion}}'], {
      timeout: 10_000,
      env: { ...process.env, ...env },
    });
    return stdout.trim() !== '';
  } catch {
    return false;
  }
}

async function compose(args: readonly string[], env: Environment): Promise<void> {
  const all = ['compose', '-f', COMPOSE_FILE, '--profile', 'infra', ...args];
  try {
    await run('docker', all, { env: { ...process.env, ...env }, maxBuffer: 16 * 1024 * 1024 });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`docker ${all.join(' ')} failed: ${stderr.trim().split('\n').at(-1) || String(error)}`);
  }
}

/** Starts the parts and waits for their health checks. */
export async function composeUp(parts: readonly PartName[], env: Environment): Promise<void> {
  await compose(['up', '-d', '--wait', ...parts], env);
}

/** Ends the containers and keeps their volumes. */
export async function composeStop(parts: readonly PartName[], env: Environment): Promise<void> {
  await compose(['stop', ...parts], env);
}

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerAnswers } from './compose.ts';
import { readJson } from './home.ts';
import { lineReporter, silentReporter, withoutPassword } from './reporter.ts';
import { runningStack, startStack } from './stack.ts';
import {
  ADDRESS_KEYS,
  type Environment,
  isOwnPart,
  PART_NAMES,
  type PartName,
  type PartRecord,
  type RunningStack,
  type StackFile,
} from './types.ts';

export interface TestStackOptions {
  /** Default: all. */
  readonly parts?: readonly PartName[];
  /** Default: `process.env`. */
  readonly env?: Environment;
  /** A fresh stack of its own, for a test that breaks its stack: neither `KAIROS_TEST_STACK` nor the environment's addresses. */
  readonly own?: boolean;
}

const say = (text: string) => process.stderr.write(`test stack: ${text}\n`);

function fromFile(file: string, wanted: readonly PartName[]): RunningStack {
  const stack = readJson<StackFile>(file);
  if (stack === undefined)
    throw new Error(
      `KAIROS_TEST_STACK names ${file}, which is missing or no stack.json: start that stack, or unset it`,
    );
  const parts: Partial<Record<PartName, PartRecord>> = {};
  for (const part of wanted) {
    const record = stack.parts[part];
    if (record === undefined)
      throw new Error(`the stack of KAIROS_TEST_STACK (${file}) runs no ${part}: start it with that part, or unset it`);
    parts[part] = record;
  }
  return runningStack(stack.home, parts, async () => {});
}

/** Containers for what the environment does not name; our own programs and adopted parts by the launcher. */
async function withContainers(home: string, wanted: readonly PartName[], env: Environment): Promise<RunningStack> {
  const { startContainers } = await import('./containers.ts'); // Its Docker client takes a while to load; seldom needed.
  const contained = wanted.flatMap((part) => (isOwnPart(part) || env[ADDRESS_KEYS[part]] ? [] : [part]));
  const rest = wanted.filter((part) => isOwnPart(part) || env[ADDRESS_KEYS[part]]);
  const containers = await startContainers(contained);
  try {
    const others = await startStack({ home, parts: rest, env, docker: false, reporter: silentReporter });
    const ours = Object.fromEntries(containers.records.map((record) => [record.name, record]));
    return runningStack(home, { ...others.parts, ...ours }, async () => {
      await Promise.all([others.stop(), containers.stop()]);
    });
  } catch (error) {
    await containers.stop();
    throw error;
  }
}

/**
 * A stack for an integration test. In this order: the running stack whose `stack.json` KAIROS_TEST_STACK names (shared:
 * keep apart by topic prefix, key prefix and database name); addresses in the environment; testcontainers where a
 * Docker engine answers; native in a temporary home, which `stop` removes. Says in one line which it was.
 */
export async function startTestStack(options: TestStackOptions = {}): Promise<RunningStack> {
  const given = options.env ?? process.env;
  const env: Environment = options.own ? withoutAddresses(given) : given;
  const wanted = PART_NAMES.filter((part) => options.parts?.includes(part) ?? true);
  if (env.KAIROS_TEST_STACK) {
    const shared = fromFile(env.KAIROS_TEST_STACK, wanted);
    say(`shared, of ${env.KAIROS_TEST_STACK}: ${summary(shared)}`);
    return shared;
  }
  const home = mkdtempSync(join(tmpdir(), 'kairos-test-'));
  chmodSync(home, 0o711);
  const docker = wanted.some((part) => !env[ADDRESS_KEYS[part]]) && (await dockerAnswers(env));
  const stack = docker
    ? await withContainers(home, wanted, env)
    : await startStack({
        home,
        parts: wanted,
        env,
        docker: false,
        reporter: { ...lineReporter(say), picked: () => {}, starting: () => {} },
      });
  say(`own, in ${home}: ${summary(stack)}`);
  return runningStack(home, stack.parts, async () => {
    await stack.stop();
    rmSync(home, { recursive: true, force: true });
  });
}

function withoutAddresses(env: Environment): Environment {
  const own: Record<string, string | undefined> = { ...env };
  for (const key of ['KAIROS_TEST_STACK', ...Object.values(ADDRESS_KEYS)]) delete own[key];
  return own;
}

const summary = (stack: RunningStack): string =>
  Object.values(stack.parts)
    .map((part) => `${part.name} ${part.picked} ${withoutPassword(part.address)}`)
    .join(', ');

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { loadOrCreate } from '../secrets.ts';
import { launch, type NativeContext, type NativePart } from './native-part.ts';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';
import { type Account, canReach, reachableFolder, unprivilegedAccount } from './unprivileged.ts';

const run = promisify(execFile);

export const DATABASE = 'kairos';
const SUPERUSER = 'kairos';

/** Runs one piece of work over a connection of its own. */
export async function withPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {}); // The rejection below tells the caller.
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

interface Place {
  readonly bin: string;
  readonly dataDir: string;
  readonly account: Account | undefined;
}

/** A data folder can be opened by the major version only that has made it. */
function fitting(found: readonly PostgresBinaries[], dataDir: string): PostgresBinaries {
  const versionFile = join(dataDir, 'PG_VERSION');
  const made = existsSync(versionFile) ? Number(readFileSync(versionFile, 'utf8')) : undefined;
  const binaries = made === undefined ? found[0] : found.find((candidate) => candidate.major === made);
  if (binaries !== undefined) return binaries;
  throw new Error(
    `${dataDir} was made by Postgres ${made}; found here: ${found.map((one) => one.major).join(', ') || 'none'}. ` +
      `Install Postgres ${made}, or remove the folder and with it its data.`,
  );
}

/** npm's binaries may lie where the unprivileged user cannot go (a checkout under /root): then they are copied. */
function reachableBinaries(bin: string, account: Account | undefined): string {
  const real = dirname(realpathSync(join(bin, 'postgres')));
  if (account === undefined || canReach(real, account)) return real;
  const copies = reachableFolder('binaries', real);
  const copy = join(copies, 'native');
  if (!existsSync(copy)) {
    const temporary = mkdtempSync(join(copies, '.native-'));
    cpSync(dirname(real), temporary, { recursive: true, verbatimSymlinks: true });
    chmodSync(temporary, 0o755);
    renameSync(temporary, copy);
  }
  return join(copy, 'bin');
}

async function place(context: NativeContext): Promise<Place> {
  const account = await unprivilegedAccount();
  const inHome = account === undefined || canReach(context.paths.data, account);
  const parent = inHome ? context.paths.data : reachableFolder('data', context.paths.home);
  if (!inHome)
    context.note(`postgres: user ${account?.name} cannot reach ${context.paths.data}; its data lie in ${parent}`);
  const dataDir = join(parent, 'postgres');
  const { bin } = fitting(await findPostgres(context.env), dataDir);
  return { bin: reachableBinaries(bin, account), dataDir, account };
}

/** Made beside and renamed: a data folder that exists is whole. */
async function initialise({ bin, dataDir, account }: Place, password: string): Promise<void> {
  if (existsSync(dataDir)) return;
  const temporary = mkdtempSync(`${dataDir}-`);
  const passwordFile = join(temporary, 'password');
  const fresh = join(temporary, 'data');
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== undefined)
    for (const path of [temporary, passwordFile, fresh]) chownSync(path, account.uid, account.gid);
  const args = ['-D', fresh, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  try {
    await run(join(bin, 'initdb'), [...args, '--encoding=UTF8', '--locale=C', '--no-sync'], {
      cwd: temporary,
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    });
    renameSync(fresh, dataDir);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function serverArguments(port: number, dataDir: string, env: NativeContext['env']): string[] {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: env.KAIROS_POSTGRES_BUFFERS || '64MB',
    log_destination: 'stderr',
    logging_collector: 'off',
  };
  return ['-D', dataDir, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
}

async function createDatabase(url: (database: string) => string): Promise<void> {
  await withPostgres(url('postgres'), async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  });
}

export const postgresPart: NativePart = {
  name: 'postgres',
  async start(context) {
    const where = await place(context);
    const password = loadOrCreate(join(where.dataDir, '..', 'postgres-password'), () =>
      randomBytes(18).toString('base64url'),
    );
    await initialise(where, password);
    const url = (port: number, database: string) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
    const { account, dataDir } = where;
    return await launch({
      name: 'postgres',
      context,
      stablePort: 15_432,
      why: `no DATABASE_URL, no Docker engine: ${where.bin}${account === undefined ? '' : ` as user ${account.name}`}`,
      // After a kill -9 its children take a moment to notice, and its pid may linger as a zombie.
      passing: /lock file "postmaster\.pid" already exists|pre-existing shared memory block/,
      stopSignal: 'SIGINT', // "Fast shutdown": SIGTERM would wait for every client to leave.
      address: (port) => url(port, DATABASE),
      command: async (port) => ({
        command: join(where.bin, 'postgres'),
        args: serverArguments(port, dataDir, context.env),
        cwd: dataDir,
        ...(account === undefined ? {} : { user: account }),
      }),
      isReady: async (port) => {
        const ours = await withPostgres(url(port, 'postgres'), async (client) => {
          const { rows } = await client.query<{ data_directory: string }>('show data_directory');
          return rows[0] !== undefined && realpathSync(rows[0].data_directory) === realpathSync(dataDir);
        });
        if (ours) await createDatabase((database) => url(port, database));
        return ours;
      },
    });
  },
};

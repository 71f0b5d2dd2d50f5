/**
 * The real server inside a test: the built worker in workerd, with D1, listening on a free port of this machine.
 */
import { Miniflare } from 'miniflare';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** What `npm run build` makes of the tree. */
const ofTheTree: ServerBuild = { worker: at('edge-api/build'), migrations: at('edge-api/migrations') };

/** How a test wants its server. */
export interface LocalServerOptions {
  /** Where D1 keeps its files; in memory when absent. A second server on the same directory finds the first one's rows. */
  readonly stateDir?: string;
  /** The port to listen on, e.g. to come back at the same address; a free one when absent. */
  readonly port?: number;
  /** The operator's secret; random when absent. */
  readonly operatorToken?: string;
  /** Requests that a device may send in a minute; more than any test sends when absent. */
  readonly devicePerMinute?: number;
  /** Without limits to how often devices and tenants may ask, as where the only tenant is the owner. */
  readonly unlimited?: boolean;
  /** Origins whose pages may read answers; none when absent. */
  readonly allowedOrigins?: readonly string[];
  /** Also serves the demo's built pages, as the deployed worker does. */
  readonly withDemo?: boolean;
  /** Hears every line that the worker logs; else only what went wrong is shown. */
  readonly onLog?: (line: string) => void;
  /** Stops after so many migrations, as an older version did; all when absent. */
  readonly migrationsMax?: number;
  /** Without the binding of live sockets, as a worker that was configured before there were any. */
  readonly withoutLive?: boolean;
  /** Runs the worker inside another module. */
  readonly within?: OuterModule;
  /** Another build than the tree's. */
  readonly build?: ServerBuild;
}

/** A worker as it was built, and the schema that it was written for. */
export interface ServerBuild {
  /** The directory of its modules. */
  readonly worker: string;
  /** The directory of its migrations. */
  readonly migrations: string;
}

/** A module that runs in place of the worker's own, which it imports as `./shim.mjs`. */
export interface OuterModule {
  /** Its file and those that it imports beside it; the first is the main one. */
  readonly files: readonly [string, ...string[]];
  /** Bindings of databases of its own, with the same schema. */
  readonly databases: readonly string[];
}

/** A running server. */
export interface LocalServer {
  /** Its address, without a slash at the end. */
  readonly url: string;
  readonly operatorToken: string;
  /** Runs one statement on the server's first database, where tenants of tests live unless they say otherwise. */
  sql<Row = Record<string, unknown>>(statement: string, ...parameters: unknown[]): Promise<Row[]>;
  /** The same on the database behind another binding. */
  sqlIn<Row = Record<string, unknown>>(binding: string, statement: string, ...parameters: unknown[]): Promise<Row[]>;
  /** Lets the clock strike, as `crons` in wrangler.toml says when it does, and tells how that ended: `ok`. */
  strike(): Promise<string>;
  /** Ends the server; requests in flight fail. */
  stop(): Promise<void>;
}

/** A limit that no test meets by chance: tests ask in a second what people ask in an hour. */
const generous = 1_000_000;

const rateLimit = (namespace: string, limit: number) =>
  ({ type: 'rate-limit', namespace, simple: { limit, period: 60 } }) as const;

/** The tenants' databases, as in wrangler.toml. */
const tenantDatabases = ['DB', 'DB_2'] as const;

/** As in wrangler.toml: wrangler's commands find the same files with `--local --persist-to`, in the directory `v3` in it. */
const databaseId = '00000000-0000-4000-8000-000000000000';

/** The same as in wrangler.toml. */
const demoPages = {
  directory: at('examples/pos-web/dist'),
  hasUserWorker: true,
  notFoundHandling: 'single-page-application' as const,
  runWorkerFirst: ['/sync/*', '/devices/*', '/admin/*', '/health', '/openapi.json'],
};

/** The same as in wrangler.toml. */
const liveHub = { type: 'durable-object' as const, worker: 'auraconnect-sync', exportName: 'LiveHub' };

/** Starts a server with the schema of its build. */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const operatorToken = options.operatorToken ?? randomBytes(32).toString('hex');
  const build = options.build ?? ofTheTree;
  const { files, databases } = options.within ?? plantedBug() ?? { files: [], databases: [] };
  const bindings = [...tenantDatabases, ...databases];
  const miniflare = new Miniflare({
    cf: false,
    host: '127.0.0.1',
    port: options.port ?? 0,
    telemetry: { enabled: false },
    logRequests: false,
    // The worker writes a line for every request; a test's output holds only what went wrong.
    handleStructuredLogs: ({ level, message }: { level: string; message: string }) => {
      options.onLog?.(message);
      if (level === 'error' || level === 'warn') console.error(message);
    },
    ...(options.stateDir === undefined ? {} : { resourcePersistencePath: options.stateDir }),
    workers: [
      {
        config: {
          name: 'auraconnect-sync',
          compatibilityDate: '2026-10-20',
          manifest: {
            mainModule: files[0] === undefined ? 'shim.mjs' : basename(files[0]),
            modulesRoot: build.worker,
            modules: { ...(await builtModules(build.worker)), ...(await outerModules(files)) },
          },
          env: {
            OPERATOR_TOKEN: { type: 'text', value: operatorToken },
            RATE_LIMITS: { type: 'text', value: options.unlimited ? 'off' : 'on' },
            DATABASES: { type: 'text', value: tenantDatabases.join() },
            ALLOWED_ORIGINS: { type: 'text', value: (options.allowedOrigins ?? []).join() },
            GRANT_SIGNING_KEYS: { type: 'text', value: `k1:${'11'.repeat(32)}` },
            PIN_SEALING_KEY: { type: 'text', value: 'ab'.repeat(32) },
            DB: { type: 'd1', id: databaseId },
            DEVICE_RATE: rateLimit('device', options.devicePerMinute ?? generous),
            TENANT_RATE: rateLimit('tenant', generous),
            DB_2: { type: 'd1', id: '00000000-0000-4000-8000-000000000002' },
            ...Object.fromEntries(databases.map((binding) => [binding, { type: 'd1' as const, id: binding }])),
            ...(options.withoutLive === true ? {} : { LIVE: liveHub }),
            ...(options.withDemo === true ? { ASSETS: { type: 'assets' as const } } : {}),
          },
          exports: { LiveHub: { type: 'durable-object', storage: 'sqlite' } },
          ...(options.withDemo === true ? { assets: demoPages } : {}),
        },
      },
    ],
  });
  const url = (await miniflare.ready).origin;
  const sqlIn: LocalServer['sqlIn'] = async <Row>(binding: string, statement: string, ...parameters: unknown[]) => {
    const database = await miniflare.getD1Database(binding);
    return (
      await database
        .prepare(statement)
        .bind(...parameters)
        .all()
    ).results as Row[];
  };
  for (const binding of bindings) {
    const database = await miniflare.getD1Database(binding);
    const sql: LocalServer['sql'] = (statement, ...parameters) => sqlIn(binding, statement, ...parameters);
    const execute = (line: string): Promise<unknown> => database.exec(line);
    await applyMigrations({ sql }, execute, build.migrations, options.migrationsMax);
  }
  return {
    url,
    operatorToken,
    sql: (statement, ...parameters) => sqlIn('DB', statement, ...parameters),
    sqlIn,
    strike: async () => {
      const worker = (await miniflare.getWorker()) as unknown as { scheduled(): Promise<{ outcome: string }> };
      return (await worker.scheduled()).outcome;
    },
    stop: () => miniflare.dispose(),
  };
}

/** Where `npm run planted-bugs:server` runs the tests, the worker speaks to its database through a bug. */
function plantedBug(): OuterModule | undefined {
  const file = process.env['PLANTED_SERVER_BUG'];
  return file === undefined
    ? undefined
    : { files: [at('js-tests/src/server/planted/saboteur.mjs'), file], databases: [] };
}

/** The worker's files as workerd takes them. */
async function builtModules(worker: string): Promise<Record<string, { type: 'esm' | 'wasm'; contents: Buffer }>> {
  const files = (await readdir(worker, { recursive: true })).filter((file) => /\.(js|mjs|wasm)$/.test(file));
  const modules = files.map(async (file) => {
    const type = file.endsWith('.wasm') ? ('wasm' as const) : ('esm' as const);
    return [file, { type, contents: await readFile(`${worker}/${file}`) }] as const;
  });
  return Object.fromEntries(await Promise.all(modules));
}

async function outerModules(files: readonly string[]): Promise<Record<string, { type: 'esm'; contents: Buffer }>> {
  const modules = files.map(async (file) => {
    return [basename(file), { type: 'esm' as const, contents: await readFile(file) }] as const;
  });
  return Object.fromEntries(await Promise.all(modules));
}

/** The files of a directory of migrations, in their order. */
export async function migrationNames(directory = ofTheTree.migrations): Promise<string[]> {
  return (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
}

/**
 * Applies the migrations that this database has not seen and notes them in the table that wrangler uses. Each is given as
 * one line, which is how D1's `exec` takes many statements.
 */
async function applyMigrations(
  server: Pick<LocalServer, 'sql'>,
  execute: (line: string) => Promise<unknown>,
  directory: string,
  migrationsMax?: number,
): Promise<void> {
  await execute(
    'CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
  );
  const applied = new Set(
    (await server.sql<{ name: string }>('SELECT name FROM d1_migrations')).map(({ name }) => name),
  );
  for (const name of (await migrationNames(directory)).slice(0, migrationsMax)) {
    if (applied.has(name)) continue;
    const sql = await readFile(`${directory}/${name}`, 'utf8');
    await execute(sql.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim());
    await server.sql('INSERT INTO d1_migrations(name) VALUES (?1)', name);
  }
}

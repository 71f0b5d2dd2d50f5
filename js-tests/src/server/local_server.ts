/**
 * The real server inside a test: the built worker in workerd, with D1, listening on a free port of this machine.
 */
import { Miniflare } from 'miniflare';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const build = at('edge-api/build');

/** How a test wants its server. */
export interface LocalServerOptions {
  /** Where D1 keeps its files; in memory when absent. A second server on the same directory finds the first one's rows. */
  readonly stateDir?: string;
  /** The port to listen on, e.g. to come back at the same address; a free one when absent. */
  readonly port?: number;
  /** The operator's secret; random when absent. */
  readonly operatorToken?: string;
  /** Also serves the demo's built pages, as the deployed worker does. */
  readonly withDemo?: boolean;
  /** Without the binding of live sockets, as a worker that was configured before there were any. */
  readonly withoutLive?: boolean;
}

/** A running server. */
export interface LocalServer {
  /** Its address, without a slash at the end. */
  readonly url: string;
  readonly operatorToken: string;
  /** Runs one statement on the server's D1 database and returns its rows. */
  sql<Row = Record<string, unknown>>(statement: string, ...parameters: unknown[]): Promise<Row[]>;
  /** Ends the server; requests in flight fail. */
  stop(): Promise<void>;
}

/** The same as in wrangler.toml. */
const demoPages = {
  directory: at('examples/pos-web/dist'),
  hasUserWorker: true,
  notFoundHandling: 'single-page-application' as const,
  runWorkerFirst: ['/sync/*', '/devices/*', '/admin/*', '/health', '/openapi.json'],
};

/** The same as in wrangler.toml. */
const liveHub = { type: 'durable-object' as const, worker: 'auraconnect-sync', exportName: 'LiveHub' };

/** Starts a server with the schema of `edge-api/migrations`. */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const operatorToken = options.operatorToken ?? randomBytes(32).toString('hex');
  const miniflare = new Miniflare({
    cf: false,
    host: '127.0.0.1',
    port: options.port ?? 0,
    telemetry: { enabled: false },
    logRequests: false,
    // The worker writes a line for every request; a test's output holds only what went wrong.
    handleStructuredLogs: ({ level, message }: { level: string; message: string }) => {
      if (level === 'error' || level === 'warn') console.error(message);
    },
    ...(options.stateDir === undefined ? {} : { resourcePersistencePath: options.stateDir }),
    workers: [
      {
        config: {
          name: 'auraconnect-sync',
          compatibilityDate: '2026-10-20',
          manifest: { mainModule: 'shim.mjs', modulesRoot: build, modules: await builtModules() },
          env: {
            OPERATOR_TOKEN: { type: 'text', value: operatorToken },
            DB: { type: 'd1', id: 'auraconnect' },
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
  const database = await miniflare.getD1Database('DB');
  const server: LocalServer = {
    url,
    operatorToken,
    async sql<Row>(statement: string, ...parameters: unknown[]): Promise<Row[]> {
      const query = database.prepare(statement).bind(...parameters);
      return (await query.all()).results as Row[];
    },
    stop: () => miniflare.dispose(),
  };
  await applyMigrations(server, (line) => database.exec(line));
  return server;
}

/** The worker's files as workerd takes them. */
async function builtModules(): Promise<Record<string, { type: 'esm' | 'wasm'; contents: Buffer }>> {
  const files = (await readdir(build, { recursive: true })).filter((file) => /\.(js|mjs|wasm)$/.test(file));
  const modules = files.map(async (file) => {
    const type = file.endsWith('.wasm') ? ('wasm' as const) : ('esm' as const);
    return [file, { type, contents: await readFile(`${build}/${file}`) }] as const;
  });
  return Object.fromEntries(await Promise.all(modules));
}

/**
 * Applies the migrations that this database has not seen and notes them in the table that wrangler uses. Each is given as
 * one line, which is how D1's `exec` takes many statements.
 */
async function applyMigrations(
  server: Pick<LocalServer, 'sql'>,
  execute: (line: string) => Promise<unknown>,
): Promise<void> {
  await execute(
    'CREATE TABLE IF NOT EXISTS d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
  );
  const applied = new Set(
    (await server.sql<{ name: string }>('SELECT name FROM d1_migrations')).map(({ name }) => name),
  );
  const directory = at('edge-api/migrations');
  for (const name of (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort()) {
    if (applied.has(name)) continue;
    const sql = await readFile(`${directory}/${name}`, 'utf8');
    await execute(sql.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim());
    await server.sql('INSERT INTO d1_migrations(name) VALUES (?1)', name);
  }
}

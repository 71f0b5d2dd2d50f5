/** Wrangler's own commands on a local database, as an operator gives them with `--remote`. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const program = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');

/** The database's name in wrangler.toml. */
export const databaseName = 'auraconnect';

/** A directory with a local database of its own, under the project's configuration. */
export class WranglerRoom {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Makes the directory, with the project's wrangler.toml and, in place of its migrations, those given. */
  static async open(dir: string, migrationsDir = join(root, 'edge-api', 'migrations')): Promise<WranglerRoom> {
    await mkdir(dir, { recursive: true });
    const config = await readFile(join(root, 'wrangler.toml'), 'utf8');
    // `d1 export --local` knows no `--persist-to`; it looks beside the configuration.
    await writeFile(
      join(dir, 'wrangler.toml'),
      config.replaceAll('"edge-api/migrations"', JSON.stringify(migrationsDir)),
    );
    return new WranglerRoom(dir);
  }

  /** Where a local server that is to work on the same database keeps its files. */
  get stateDir(): string {
    return join(this.#dir, '.wrangler', 'state', 'v3');
  }

  /** Runs `wrangler d1 <args> --local`. */
  d1(...args: readonly string[]): Promise<string> {
    return wrangler('d1', ...args, '--local', '--config', join(this.#dir, 'wrangler.toml'));
  }
}

/** Runs wrangler in the repository and returns what it printed; fails with its output. It phones nobody and asks nothing. */
async function wrangler(...args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    CI: 'true',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  };
  const running = promisify(execFile)(process.execPath, [program, ...args], { cwd: root, env, maxBuffer: 1 << 26 });
  const { stdout, stderr } = await running.catch((failure: { stdout: string; stderr: string }) => {
    throw new Error(`wrangler ${args.join(' ')} failed:\n${failure.stdout}${failure.stderr}`);
  });
  return stdout + stderr;
}

/** Earlier builds of the app and of the worker, unpacked for a test. How they came here is in `js-tests/frozen/README.md`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { App } from '../engine/till.ts';
import type { ServerBuild } from '../server/local_server.ts';

const directory = fileURLToPath(new URL('../../frozen', import.meta.url));

/** The names of all earlier builds: version and commit. */
export const frozenVersions: readonly string[] = readdirSync(directory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** The package as it was built then. */
export async function appOf(version: string): Promise<App> {
  const module = join(unpacked(version, 'app.tgz'), 'dist', 'node', 'index.js');
  // What it exports has the names and forms of today: the package's face only grows.
  return (await import(pathToFileURL(module).href)) as App;
}

/** The worker as it was built then. */
export function serverOf(version: string): ServerBuild {
  const root = unpacked(version, 'worker.tgz');
  return { worker: join(root, 'build'), migrations: join(root, 'migrations') };
}

function unpacked(version: string, archive: string): string {
  const target = mkdtempSync(join(tmpdir(), 'frozen-'));
  after(() => rmSync(target, { recursive: true, force: true }));
  const run = spawnSync('tar', ['-xzf', join(directory, version, archive), '-C', target], { encoding: 'utf8' });
  assert.equal(run.status, 0, `${archive} of ${version}: ${run.stderr || run.error?.message}`);
  return target;
}

// What Cloudflare would be given: wrangler bundles the built Worker with its bindings and the demo's pages, and uploads nothing.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSteps } from './build_steps.mjs';
import { at } from './project.mjs';
import { plainError, runQuietly } from './run.mjs';

/** What Cloudflare takes of a Worker on the free plan, in KiB gzipped. */
const uploadKiBMax = 3 * 1024;

/** What `wrangler.toml` binds to a name, each of which a deployment must bring along. */
async function boundNames() {
  const configuration = await readFile(at('wrangler.toml'), 'utf8');
  return [...configuration.matchAll(/^\s*(?:binding|name)\s*=\s*"([A-Z][A-Z0-9_]*)"/gm)].map(([, name]) => name);
}

/** Rehearses the deployment and prints what it comes to; fails where a binding, a module or the pages are missing. */
export async function rehearseDeployment() {
  await buildSteps(['worker', 'demo']);
  const dir = await mkdtemp(join(tmpdir(), 'deployable-'));
  try {
    const said = await runQuietly('wrangler', ['deploy', '--dry-run', '--outdir', dir], { env: { CI: 'true' } });
    const [upload = '', size = ''] = /Total Upload: .* \/ gzip: ([\d.]+) KiB/.exec(said) ?? [];
    const names = await boundNames();
    const files = await readdir(dir);
    const missing = [
      ...names.filter((name) => !said.includes(`env.${name} `)),
      ...['.js', 'index_bg.wasm'].filter((ending) => !files.some((file) => file.endsWith(ending))),
    ];
    if (missing.length > 0) throw plainError(`the deployment lacks ${missing.join(', ')}:\n${said}`);
    if (!(Number(size) > 0 && Number(size) < uploadKiBMax)) {
      throw plainError(`an upload has at most ${uploadKiBMax} KiB gzipped:\n${said}`);
    }
    return `${upload}; ${names.join(', ')}`;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

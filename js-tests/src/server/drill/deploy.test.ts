import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { wrangler } from './wrangler.ts';

/** What Cloudflare takes of a worker on the free plan, gzipped. */
const uploadKiBMax = 3 * 1024;

test('wrangler would deploy the built worker with its database, and it is small enough', async (context) => {
  const dir = await mkdtemp(join(tmpdir(), 'deploy-'));
  try {
    const said = await wrangler('deploy', '--dry-run', '--outdir', dir);
    const [upload = '', size = ''] = /Total Upload: .* \/ gzip: ([\d.]+) KiB/.exec(said) ?? [];
    context.diagnostic(upload);
    assert.ok(Number(size) > 0 && Number(size) < uploadKiBMax, said);
    assert.match(said, /env\.DB \(auraconnect\)\s+D1 Database/);
    const files = await readdir(dir);
    assert.ok(
      files.some((name) => name.endsWith('index_bg.wasm')) && files.some((name) => name.endsWith('.js')),
      files.join(' '),
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

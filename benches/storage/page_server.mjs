// Serves the bench's page: the built package and the baseline as modules of their own, the rest as one.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { build } from 'esbuild';
import { at } from '../../scripts/lib/project.mjs';

const html = '<!doctype html><title>Storage bench</title><script type="module" src="/page.js"></script>';

/** Starts the server. Its port stays the same for a run: databases belong to an origin, which has the port in it. */
export async function startPageServer() {
  const { outputFiles } = await build({
    entryPoints: ['page', 'baseline', 'file_worker'].map((name) => at('benches', 'storage', `${name}.ts`)),
    outdir: '/',
    bundle: true,
    write: false,
    // The baseline is minified as the package is: both are parsed as an app's user would have them.
    minify: true,
    format: 'esm',
    target: 'es2022',
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path.replace(/^.*[/\\]/, '/'), contents]));
  files.set('/engine.js', await readFile(at('pkg', 'dist', 'web', 'index.js')));
  const server = createServer((request, response) => {
    const script = files.get(request.url);
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.setHeader('cache-control', 'no-cache');
    // Isolated pages have a clock of five microseconds instead of a hundred.
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.end(script ?? html);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

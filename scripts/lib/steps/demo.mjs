// The demo point of sale, built by Vite into examples/pos-web/dist.
import { readFileSync, readdirSync } from 'node:fs';
import { at } from '../project.mjs';
import { unlessCurrent } from '../progress.mjs';
import { runQuietly } from '../run.mjs';
import { hashOf } from '../stamp.mjs';

export async function buildDemo() {
  const room = at('examples', 'pos-web');
  // `dist` folders are no inputs to `hashOf`, so the package's built files are read here.
  const built = ['index.js', 'export.js', 'background.js'].map((file) => readFileSync(at('pkg', 'dist', 'web', file)));
  const hash = hashOf([room, at('fixtures'), at('package-lock.json')], ...built);
  return unlessCurrent('demo', hash, [at('examples', 'pos-web', 'dist', 'index.html')], async () => {
    await runQuietly('npm', ['run', 'build', '--silent', '-w', 'examples/pos-web']);
    return `examples/pos-web/dist, ${readdirSync(at('examples', 'pos-web', 'dist'), { recursive: true }).length} files`;
  });
}

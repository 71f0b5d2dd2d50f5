// Keeps a build as one that every later one must get along with: `node scripts/freeze.mjs [commit]`, in js-tests/frozen. The
// commit is the present one when none is named; what is built must be as it was there.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSteps } from './lib/build_steps.mjs';
import { at, shown } from './lib/project.mjs';
import { ask, main, plainError, runQuietly } from './lib/run.mjs';

/** What the app and the worker are made of. */
const sources = [
  'Cargo.lock',
  'Cargo.toml',
  '.cargo',
  'domain',
  'protocol',
  'engine/src',
  'edge-api',
  'pkg',
  'tools/wbg',
];

async function pack(file, directory, paths) {
  await runQuietly('tar', ['-czf', file, '-C', directory, ...paths]);
  console.log(`${shown(file)}, ${Math.round(statSync(file).size / 1024)} KiB`);
}

await main(async ([named = 'HEAD']) => {
  const commit = ask('git', ['rev-parse', '--short', named]);
  if (commit === null) throw plainError(`there is no commit '${named}'`);
  if (ask('git', ['diff', '--quiet', commit, '--', ...sources]) === null)
    throw plainError(`the sources are not those of ${commit}: what is frozen is named after its commit`);
  const { version } = JSON.parse(readFileSync(at('pkg', 'package.json'), 'utf8'));
  const directory = at('js-tests', 'frozen', `${version}-${commit}`);
  if (existsSync(directory))
    throw plainError(`${shown(directory)} is there already, and what is frozen is not changed`);
  await buildSteps(['package', 'worker']);
  mkdirSync(directory, { recursive: true });
  await pack(join(directory, 'app.tgz'), at('pkg'), ['package.json', 'dist/node']);
  await pack(join(directory, 'worker.tgz'), at('edge-api'), ['build', 'migrations']);
  const text = `# Version ${version} at ${commit}

The npm package's build for Node (\`app.tgz\`) and the worker with its migrations (\`worker.tgz\`), as \`npm run build\` made them of
commit ${commit}. Frozen with \`node scripts/freeze.mjs ${commit}\`.
`;
  writeFileSync(join(directory, 'README.md'), text);
});

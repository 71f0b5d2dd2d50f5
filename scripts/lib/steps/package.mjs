// The npm package: pkg/src bundled three times (browsers, Node, React Native) and its types, in pkg/dist.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../project.mjs';
import { unlessCurrent } from '../progress.mjs';
import { runQuietly } from '../run.mjs';
import { hashOf } from '../stamp.mjs';

const dist = at('pkg', 'dist');
const source = at('pkg', 'src');

/** Entry points and their sources: the package itself, and the sub-exports that exist. */
const entries = () =>
  Object.entries({
    index: 'index',
    react: 'react',
    export: 'export',
    'storage/indexed-db': 'storage/indexed_db',
    'storage/sqlite': 'storage/sqlite',
    'storage/async-storage': 'storage/async_storage',
    'storage/memory': 'storage/memory',
  })
    .map(([name, file]) => ({ out: name, in: join(source, `${file}.ts`) }))
    .filter((entry) => existsSync(entry.in));

// Where there is no WebAssembly, the loader of the inlined module is exchanged for the one of the JavaScript build.
const loadHermesBuild = {
  name: 'load-hermes-build',
  setup(build) {
    build.onResolve({ filter: /\/wasm_module\/inline\.js$/ }, () => ({
      path: join(source, 'wasm_module', 'hermes.ts'),
    }));
  },
};

const common = {
  bundle: true,
  sourcemap: false,
  legalComments: 'none',
  loader: { '.wasm': 'binary' },
  external: ['react'],
  logLevel: 'warning',
};

const web = { format: 'esm', platform: 'browser', target: 'es2022', minify: true, outdir: join(dist, 'web') };
const node = { format: 'esm', platform: 'node', target: 'node20', outdir: join(dist, 'node') };
const reactNative = {
  format: 'cjs',
  platform: 'neutral',
  // Metro's Babel preset takes it from here; the file must parse there and hold no `import()` and no `import.meta`.
  target: 'es2017',
  minifySyntax: true,
  minifyWhitespace: true,
  outdir: join(dist, 'react-native'),
  outExtension: { '.js': '.cjs' },
  plugins: [loadHermesBuild],
};

export async function buildPackage() {
  const hash = hashOf([source, at('pkg', 'wasm'), at('pkg', 'tsconfig.json'), at('scripts', 'lib', 'steps')]);
  const outputs = ['web/index.js', 'node/index.js', 'react-native/index.cjs', 'types/index.d.ts'];
  return unlessCurrent(
    'package',
    hash,
    outputs.map((path) => join(dist, path)),
    async () => {
      rmSync(dist, { recursive: true, force: true });
      const { build } = await import('esbuild');
      const entryPoints = entries();
      const bundles = [web, node, reactNative].map((options) => build({ ...common, ...options, entryPoints }));
      const types = runQuietly('tsc', ['-p', at('pkg'), '--emitDeclarationOnly', '--outDir', join(dist, 'types')]);
      await Promise.all([...bundles, types]);
      // The declarations refer to the generated ones by this relative path.
      mkdirSync(join(dist, 'wasm', 'web'), { recursive: true });
      copyFileSync(at('pkg', 'wasm', 'web', 'engine.d.ts'), join(dist, 'wasm', 'web', 'engine.d.ts'));
      for (const { out } of entryPoints) {
        requireAbsent(join(dist, 'react-native', `${out}.cjs`), [
          /\bimport\s*\(/,
          /\bimport\.meta\b/,
          /\bWebAssembly\.instantiate/,
        ]);
      }
      requireAbsent(join(dist, 'web', 'index.js'), [/new URL\([^)]*import\.meta/]);
      return `pkg/dist, ${Math.round(statSync(join(dist, 'web', 'index.js')).size / 1024)} KiB for the web`;
    },
  );
}

function requireAbsent(file, patterns) {
  const text = readFileSync(file, 'utf8');
  for (const pattern of patterns) {
    if (pattern.test(text)) throw new Error(`the package build: ${file} holds ${pattern}, which breaks Metro`);
  }
}

// The npm package: pkg/src bundled three times (browsers, Node, React Native) and its types, in pkg/dist.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { licencesOf } from '../bundled_licences.mjs';
import { at, root } from '../project.mjs';
import { unlessCurrent } from '../progress.mjs';
import { runQuietly } from '../run.mjs';
import { hashOf } from '../stamp.mjs';

const dist = at('pkg', 'dist');
const source = at('pkg', 'src');
const textCodec = at('scripts', 'lib', 'hermes', 'text_codec.js');

/** Entry points and their sources: the package itself, and the sub-exports that exist. */
const entries = () =>
  Object.entries({
    index: 'index',
    react: 'react',
    export: 'export',
    background: 'background',
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

// The codec that the engine carries for old Hermes, as a module.
const loadTextCodec = {
  name: 'load-text-codec',
  setup(build) {
    build.onResolve({ filter: /\/text_codec\.js$/ }, () => ({ path: textCodec }));
    build.onLoad({ filter: /text_codec\.js$/ }, () => ({
      contents: `${readFileSync(textCodec, 'utf8')}
        export { __encodeUtf8 as encodeUtf8, __decodeUtf8 as decodeUtf8 };`,
    }));
  },
};

const common = {
  bundle: true,
  sourcemap: false,
  legalComments: 'none',
  loader: { '.wasm': 'binary' },
  external: ['react'],
  absWorkingDir: root,
  metafile: true,
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

/** What the entries need of the web's platform that React Native lacks; an entry that is not here needs nothing. */
const standIns = new Map([['export', join(source, 'hermes', 'web_platform.ts')]]);

function reactNativeBuilds(entryPoints) {
  const inject = (entry) => standIns.get(entry.out);
  const plain = { ...reactNative, entryPoints: entryPoints.filter((entry) => !inject(entry)) };
  const withStandIns = entryPoints.filter(inject).map((entry) => ({
    ...reactNative,
    entryPoints: [entry],
    inject: [inject(entry)],
    plugins: [...reactNative.plugins, loadTextCodec],
  }));
  return [plain, ...withStandIns];
}

export async function buildPackage() {
  const files = [
    'pkg/wasm',
    'pkg/tsconfig.json',
    'package-lock.json',
    'scripts/lib/steps',
    'scripts/lib/hermes',
    'scripts/lib/bundled_licences.mjs',
  ];
  const hash = hashOf([source, ...files.map((path) => at(path))]);
  const outputs = ['web/index.js', 'node/index.js', 'react-native/index.cjs', 'types/index.d.ts'];
  return unlessCurrent(
    'package',
    hash,
    outputs.map((path) => join(dist, path)),
    async () => {
      rmSync(dist, { recursive: true, force: true });
      const { build } = await import('esbuild');
      const entryPoints = entries();
      const platforms = [{ ...web, entryPoints }, { ...node, entryPoints }, ...reactNativeBuilds(entryPoints)];
      const bundles = platforms.map((options) => build({ ...common, ...options }));
      const types = runQuietly('tsc', ['-p', at('pkg'), '--emitDeclarationOnly', '--outDir', join(dist, 'types')]);
      const built = await Promise.all(bundles);
      await types;
      const licences = licencesOf(built.map(({ metafile }) => metafile));
      writeFileSync(join(dist, 'LICENCES-OF-OTHERS.txt'), licences);
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

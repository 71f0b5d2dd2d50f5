import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const room = fileURLToPath(new URL('../../../pkg/', import.meta.url));
const text = (path: string) => readFileSync(join(room, path), 'utf8');
const manifest = JSON.parse(text('package.json')) as { exports: Record<string, string | Record<string, string>> };

test('every file an export names is there', () => {
  for (const target of Object.values(manifest.exports)) {
    for (const path of typeof target === 'string' ? [target] : Object.values(target)) {
      assert.ok(existsSync(join(room, path)), path);
    }
  }
});

test('each platform is given its own build', async () => {
  const resolved = (condition: string) => {
    const code = `console.log(import.meta.resolve('@auraconnect/offline-sync'))`;
    const args = [`--conditions=${condition}`, '--input-type=module', '-e', code];
    const { stdout } = spawnSync(process.execPath, args, { cwd: dirname(room), encoding: 'utf8' });
    return stdout.trim();
  };
  assert.match(resolved('react-native'), /dist\/react-native\/index\.cjs$/);
  assert.match(resolved('node'), /dist\/node\/index\.js$/);
});

test('each store has an entry point of its own, whose refusals are the same EngineError on every platform', async () => {
  const stores = {
    'indexed-db': 'indexedDbStorage',
    sqlite: 'sqliteStorage',
    'async-storage': 'asyncStorage',
    memory: 'memoryStorage',
  };
  const requireHere = createRequire(import.meta.url);
  for (const [name, store] of Object.entries(stores)) {
    const targets = manifest.exports[`./storage/${name}`] as Record<string, string>;
    assert.deepEqual(Object.keys(targets), ['types', 'react-native', 'node', 'browser', 'default']);
    for (const condition of ['react-native', 'node', 'browser']) {
      const file = join(room, targets[condition] ?? '');
      const exported = (condition === 'react-native' ? requireHere(file) : await import(file)) as Record<
        string,
        unknown
      >;
      assert.equal(typeof exported[store], 'function', `${name} for ${condition}`);
    }
  }
  const { asyncStorage } = await import(join(room, 'dist/web/storage/async-storage.js'));
  const { EngineError } = await import('@auraconnect/offline-sync');
  await assert.rejects(asyncStorage({}, 'till'), EngineError);
});

test('a sealed file can be made and opened on every platform, and carries its own copies of what that takes', async () => {
  const targets = manifest.exports['./export'] as Record<string, string>;
  assert.deepEqual(Object.keys(targets), ['types', 'react-native', 'node', 'browser', 'default']);
  const requireHere = createRequire(import.meta.url);
  for (const condition of ['react-native', 'node', 'browser']) {
    const file = join(room, targets[condition] ?? '');
    const exported = condition === 'react-native' ? requireHere(file) : await import(file);
    assert.deepEqual(Object.keys(exported).sort(), ['exportFile', 'importFile', 'makeExportKeys'], condition);
    assert.doesNotMatch(text(targets[condition] ?? ''), /\bfrom ?"|\brequire\("/, condition);
  }
  const licences = text('dist/LICENCES-OF-OTHERS.txt');
  for (const name of ['age-encryption', '@noble/ciphers', '@noble/curves', '@noble/hashes', '@scure/base']) {
    assert.match(licences, new RegExp(`^${name} [0-9.]+ \\((MIT|BSD-3-Clause)\\)\n\n\\S`, 'm'));
  }
});

test('the entry for the background is there on every platform, small, and holds no engine of its own', async () => {
  const targets = manifest.exports['./background'] as Record<string, string>;
  assert.deepEqual(Object.keys(targets), ['types', 'react-native', 'node', 'browser', 'default']);
  const requireHere = createRequire(import.meta.url);
  for (const condition of ['react-native', 'node', 'browser']) {
    const file = join(room, targets[condition] ?? '');
    const exported = condition === 'react-native' ? requireHere(file) : await import(file);
    assert.deepEqual(Object.keys(exported).sort(), ['onBackgroundSync', 'registerBackgroundSync', 'syncInBackground']);
    assert.ok(text(targets[condition] ?? '').length < 10_000, condition);
  }
});

test('the main entry carries nothing of what seals a file', () => {
  const targets = manifest.exports['.'] as Record<string, string>;
  for (const condition of ['react-native', 'node', 'browser']) {
    assert.ok(!text(targets[condition] ?? '').includes('age-encryption.org'), condition);
  }
});

test('Metro never meets syntax it cannot bundle', () => {
  for (const targets of Object.values(manifest.exports)) {
    if (typeof targets === 'string') continue;
    const reactNative = text(targets['react-native'] ?? '');
    assert.doesNotMatch(reactNative, /\bimport\s*\(|\bimport\.meta\b|WebAssembly\.instantiate/);
    assert.doesNotMatch(text(targets['browser'] ?? ''), /new URL\([^)]*import\.meta/);
  }
});

test('the React Native build compiles with the Hermes of the React Native release it is pinned to', () => {
  const requireHere = createRequire(import.meta.url);
  const folder = { linux: 'linux64-bin', darwin: 'osx-bin', win32: 'win64-bin' }[process.platform as string];
  assert.ok(folder !== undefined, 'hermes-compiler has no build for this platform');
  const compiler = join(dirname(requireHere.resolve('hermes-compiler/package.json')), 'hermesc', folder, 'hermesc');
  const dir = mkdtempSync(join(tmpdir(), 'hermes-compile-'));
  try {
    // Never a device such as /dev/null: the compiler puts a new file in its output's place.
    const output = join(dir, 'index.hbc');
    for (const entry of ['index.cjs', 'export.cjs', 'background.cjs']) {
      const args = ['-O', '-w', '-emit-binary', '-out', output, join(room, 'dist/react-native', entry)];
      const run = spawnSync(compiler, args, { encoding: 'utf8' });
      assert.equal(run.status, 0, run.stderr);
      assert.ok(existsSync(output));
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('the packed package holds the built files, its licence and nothing of the sources', () => {
  const run = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: room, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const [packed] = JSON.parse(run.stdout) as [{ files: { path: string }[] }];
  const paths = packed.files.map(({ path }) => path);
  for (const path of ['package.json', 'LICENSE', 'dist/web/index.js', 'dist/types/index.d.ts']) {
    assert.ok(paths.includes(path), path);
  }
  const strangers = paths.filter((path) => !/^(dist\/|package\.json$|README\.md$|LICENSE)/.test(path));
  assert.deepEqual(strangers, []);
});

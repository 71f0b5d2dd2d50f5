// How large the artefacts are, each as a ratio to its budget. Below 1 is within it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSteps } from './build_steps.mjs';
import { at } from './project.mjs';
import { runQuietly } from './run.mjs';

const kilobyte = 1000;
const gzipped = (...files) => files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);

/** The React Native bundle as Hermes bytecode, made by the compiler of the React Native release it is pinned to. */
async function hermesBytecode() {
  const requireHere = createRequire(at('js-tests', 'package.json'));
  const folder = { linux: 'linux64-bin', darwin: 'osx-bin', win32: 'win64-bin' }[process.platform];
  const compiler = join(dirname(requireHere.resolve('hermes-compiler/package.json')), 'hermesc', folder, 'hermesc');
  const dir = mkdtempSync(join(tmpdir(), 'hermes-size-'));
  try {
    const output = join(dir, 'index.hbc');
    const bundle = at('pkg', 'dist', 'react-native', 'index.cjs');
    await runQuietly(compiler, ['-O', '-w', '-emit-binary', '-out', output, bundle]);
    return gzipped(output);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function line(name, bytes, budget) {
  const ratio = (bytes / budget).toFixed(2);
  const size = `${(bytes / kilobyte).toFixed(1)} kB gzip`;
  console.log(`${name.padEnd(36)} ${size.padStart(15)}  ${ratio} of ${budget / kilobyte} kB`);
}

/** Builds the artefacts and prints their sizes. */
export async function printSizes() {
  await buildSteps(['package', 'worker']);
  console.log();
  const web = (name) => at('pkg', 'wasm', 'web', name);
  line('web: WASM and its glue', gzipped(web('engine_bg.wasm'), web('engine_bg.js')), 120 * kilobyte);
  line('web: whole package, WASM as base64', gzipped(at('pkg', 'dist', 'web', 'index.js')), 180 * kilobyte);
  line('React Native: Hermes bytecode', await hermesBytecode(), 500 * kilobyte);
  const worker = (name) => at('edge-api', 'build', name);
  line('worker: WASM and its glue', gzipped(worker('index_bg.wasm'), worker('index.js')), 1000 * kilobyte);
}

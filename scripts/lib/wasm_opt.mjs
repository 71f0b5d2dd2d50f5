// Binaryen's optimiser from npm, and the WASM features the compiler may have used.
import { runQuietly } from './run.mjs';

// Rust's prebuilt standard library uses these. They are given by hand because wasm-bindgen may drop the section that
// lists them. All are in every browser since 2021 and in Node and workerd.
const features = [
  'bulk-memory',
  'bulk-memory-opt',
  'call-indirect-overlong',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
];

const enable = (names) => names.map((name) => `--enable-${name}`);
const strip = ['--strip-debug', '--strip-producers', '--strip-target-features'];

/** Optimises for browsers, Node and workerd. */
export async function optimise(input, output, { level = '-Os', more = [] } = {}) {
  await runQuietly('wasm-opt', [input, '-o', output, ...enable([...features, ...more]), level, ...strip]);
}

/** Lowers everything newer than the first WebAssembly version, which is all that wasm2js understands. */
export async function lowerToMvp(input, output) {
  const present = features.filter((name) => name !== 'multivalue' && name !== 'reference-types');
  const lowering = ['--llvm-memory-copy-fill-lowering', '--llvm-nontrapping-fptoint-lowering', '--signext-lowering'];
  await runQuietly('wasm-opt', [input, '-o', output, ...enable(present), ...lowering, '-O3', ...strip]);
}

/** Fails unless the module validates with nothing newer than the first version (and mutable globals). */
export async function requireMvp(input, copy) {
  await runQuietly('wasm-opt', [input, '--mvp-features', '--enable-mutable-globals', '-o', copy]);
}

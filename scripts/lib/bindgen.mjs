// wasm-bindgen at the version pinned in the workspace.
import { wasmBindgen } from './project.mjs';
import { runQuietly } from './run.mjs';

/** Generates the JavaScript glue named `name` for `input` into `outDir`. */
export async function bindgen(input, outDir, target, { name = 'engine', more = [] } = {}) {
  await runQuietly(wasmBindgen, [input, '--target', target, '--out-dir', outDir, '--out-name', name, ...more]);
}

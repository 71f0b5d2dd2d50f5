// Compiles one of the workspace's crates to WebAssembly, the way it ships.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

const triple = 'wasm32-unknown-unknown';

// Panic messages name source files. Without this the shipped module would hold the build machine's home directory, and
// two machines would build different bytes.
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
const samePaths = `--remap-path-prefix=${join(cargoHome, 'registry', 'src')}=crates`;

/** Compiles `crate` with the `wasm` profile and returns where the module is. */
export async function compileToWasm(crate, targetDir, rustFlags = '') {
  const cargo = ['build', '--quiet', '--profile', 'wasm', '--target', triple, '-p', crate, '--target-dir', targetDir];
  await run('cargo', cargo, { env: { RUSTFLAGS: `${samePaths} ${rustFlags}`.trim() } });
  return join(targetDir, triple, 'wasm', `${crate.replaceAll('-', '_')}.wasm`);
}

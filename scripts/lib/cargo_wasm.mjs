// Compiles one of the workspace's crates to WebAssembly, the way it ships.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { shown } from './project.mjs';
import { run } from './run.mjs';

const triple = 'wasm32-unknown-unknown';

// Panic messages name source files. Without this the shipped module would hold the build machine's home directory, and
// two machines would build different bytes.
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
const samePaths = `--remap-path-prefix=${join(cargoHome, 'registry', 'src')}=crates`;

/** Compiles `crate` with the `wasm` profile and returns where the module is. */
export async function compileToWasm(crate, targetDir, rustFlags = '') {
  const cargo = ['build', '--quiet', '--profile', 'wasm', '--target', triple, '-p', crate, '--target-dir', targetDir];
  const module = join(targetDir, triple, 'wasm', `${crate.replaceAll('-', '_')}.wasm`);
  if (!existsSync(module))
    console.log(`${''.padEnd(9)} compiling ${crate} in ${shown(targetDir)}, from nothing; this takes a while`);
  await run('cargo', cargo, { env: { RUSTFLAGS: `${samePaths} ${rustFlags}`.trim() } });
  return module;
}

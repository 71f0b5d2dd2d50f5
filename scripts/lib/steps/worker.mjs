// The Cloudflare Worker: Rust compiled to WebAssembly, its glue, and the module that Cloudflare runs, in edge-api/build.
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindgen } from '../bindgen.mjs';
import { compileToWasm } from '../cargo_wasm.mjs';
import { at, targetDir } from '../project.mjs';
import { unlessCurrent } from '../progress.mjs';
import { hashOf } from '../stamp.mjs';
import { optimise } from '../wasm_opt.mjs';

const buildDir = at('edge-api', 'build');

export async function buildWorker() {
  const compiled = await compileToWasm('edge-api', targetDir.wasm);
  const hash = hashOf([
    compiled,
    at('edge-api', 'shim.mjs'),
    at('tools', 'wbg'),
    at('scripts', 'lib', 'steps', 'worker.mjs'),
    at('scripts', 'lib', 'wasm_opt.mjs'),
  ]);
  const outputs = ['index.js', 'index_bg.wasm', 'shim.mjs'].map((name) => join(buildDir, name));
  return unlessCurrent('worker', hash, outputs, async () => {
    rmSync(buildDir, { recursive: true, force: true });
    mkdirSync(buildDir, { recursive: true });
    // The reset function is what lets shim.mjs start afresh after a panic.
    const more = ['--no-typescript', '--experimental-reset-state-function', '--force-enable-abort-handler'];
    await bindgen(compiled, buildDir, 'module', { name: 'index', more });
    const wasm = join(buildDir, 'index_bg.wasm');
    await optimise(wasm, `${wasm}.small`, { more: ['exception-handling'] });
    renameSync(`${wasm}.small`, wasm);
    const glue = readFileSync(join(buildDir, 'index.js'), 'utf8');
    // Wrangler's bundler does not know source-phase imports; a plain import of a .wasm file means the same to it.
    const plain = glue.replace('import source ', 'import ');
    if (plain === glue) throw new Error('the worker build: the glue has no source-phase import; it has changed shape');
    writeFileSync(join(buildDir, 'index.js'), plain);
    copyFileSync(at('edge-api', 'shim.mjs'), join(buildDir, 'shim.mjs'));
    return `edge-api/build, ${Math.round(statSync(wasm).size / 1024)} KiB of WASM`;
  });
}

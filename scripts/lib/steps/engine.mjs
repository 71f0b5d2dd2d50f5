// The engine for browsers, Node and workerd: real WebAssembly plus wasm-bindgen's glue, in pkg/wasm/web.
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindgen } from '../bindgen.mjs';
import { compileToWasm } from '../cargo_wasm.mjs';
import { at, targetDir } from '../project.mjs';
import { unlessCurrent } from '../progress.mjs';
import { plainError } from '../run.mjs';
import { hashOf } from '../stamp.mjs';
import { optimise } from '../wasm_opt.mjs';

export const webDir = at('pkg', 'wasm', 'web');

// The glue and the bytes are imported by pkg/src as they are, so TypeScript is told what they hold.
const glueTypes = `export * from './engine.js';
/** Hands the glue the exports of the instantiated module. */
export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
`;
const bytesTypes = `declare const bytes: Uint8Array<ArrayBuffer>;
export default bytes;
`;

export async function buildEngine() {
  // Cargo itself knows best whether anything changed; the stamp covers only what follows it.
  const compiled = await compileToWasm('engine', targetDir.wasm);
  const hash = hashOf([
    compiled,
    at('tools', 'wbg'),
    at('scripts', 'lib', 'steps', 'engine.mjs'),
    at('scripts', 'lib', 'wasm_opt.mjs'),
  ]);
  const wasm = join(webDir, 'engine_bg.wasm');
  return unlessCurrent('engine', hash, [wasm, join(webDir, 'engine_bg.js'), join(webDir, 'engine.d.ts')], async () => {
    rmSync(webDir, { recursive: true, force: true });
    mkdirSync(webDir, { recursive: true });
    await bindgen(compiled, webDir, 'bundler');
    if (!existsSync(join(webDir, 'engine.js'))) throw plainError('the engine crate exports nothing to JavaScript');
    await optimise(wasm, `${wasm}.small`);
    renameSync(`${wasm}.small`, wasm);
    // The package instantiates the module itself; bundler-only entry points would tempt someone to import them.
    rmSync(join(webDir, 'engine.js'));
    rmSync(join(webDir, 'engine_bg.wasm.d.ts'));
    writeFileSync(join(webDir, 'engine_bg.d.ts'), glueTypes);
    writeFileSync(join(webDir, 'engine_bg.d.wasm.ts'), bytesTypes);
    return `pkg/wasm/web, ${Math.round(statSync(wasm).size / 1024)} KiB of WASM`;
  });
}

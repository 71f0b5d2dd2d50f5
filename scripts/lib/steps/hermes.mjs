// The engine for React Native: Hermes has no WebAssembly, so the same Rust is compiled for the first WebAssembly version,
// turned into JavaScript by wasm2js, and joined with wasm-bindgen's glue into one CommonJS file.
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindgen } from '../bindgen.mjs';
import { compileToWasm } from '../cargo_wasm.mjs';
import { joinForHermes } from '../hermes/join.mjs';
import { boundary, withoutTargetFeatures } from '../hermes/wasm_binary.mjs';
import { at, targetDir } from '../project.mjs';
import { unlessCurrent } from '../progress.mjs';
import { runQuietly } from '../run.mjs';
import { hashOf } from '../stamp.mjs';
import { lowerToMvp, requireMvp } from '../wasm_opt.mjs';

const hermesDir = at('pkg', 'wasm', 'hermes');
const work = join(targetDir.hermes, 'joined');

export async function buildHermes() {
  const compiled = await compileToWasm(
    'engine',
    targetDir.hermes,
    '-C target-cpu=mvp -C target-feature=+mutable-globals',
  );
  const hash = hashOf([
    compiled,
    at('tools', 'wbg'),
    at('scripts', 'lib', 'steps', 'hermes.mjs'),
    at('scripts', 'lib', 'wasm_opt.mjs'),
    at('scripts', 'lib', 'hermes'),
  ]);
  const output = join(hermesDir, 'engine.cjs');
  return unlessCurrent('hermes', hash, [output, join(hermesDir, 'engine.d.cts')], () => makeCommonJs(compiled, output));
}

async function makeCommonJs(compiled, output) {
  for (const dir of [work, hermesDir]) {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
  }
  // The prebuilt standard library claims these two features although nothing uses them here, and wasm-bindgen would
  // believe it and emit tables and multiple results, which JavaScript made by wasm2js cannot express.
  const claimed = withoutTargetFeatures(readFileSync(compiled), ['reference-types', 'multivalue']);
  writeFileSync(join(work, 'engine.wasm'), claimed);
  await bindgen(join(work, 'engine.wasm'), work, 'bundler');
  const mvp = join(work, 'engine.mvp.wasm');
  await lowerToMvp(join(work, 'engine_bg.wasm'), mvp);
  await requireMvp(mvp, join(work, 'engine.gate.wasm'));
  await runQuietly('wasm2js', ['-O3', mvp, '-o', join(work, 'engine.raw.js')]);
  const joined = joinForHermes({
    raw: readFileSync(join(work, 'engine.raw.js'), 'utf8'),
    glue: readFileSync(join(work, 'engine_bg.js'), 'utf8'),
    boundary: boundary(readFileSync(mvp)),
    codec: readFileSync(at('scripts', 'lib', 'hermes', 'text_codec.js'), 'utf8'),
  });
  const source = join(work, 'engine.joined.mjs');
  writeFileSync(source, joined);
  const { build } = await import('esbuild');
  // Minified here, once: Metro needs most of a minute for a file of this size.
  await build({ entryPoints: [source], outfile: output, bundle: true, format: 'cjs', target: 'es2017', minify: true });
  copyFileSync(join(work, 'engine.d.ts'), join(hermesDir, 'engine.d.cts'));
  return `pkg/wasm/hermes, ${Math.round(statSync(output).size / 1024)} KiB of JavaScript`;
}

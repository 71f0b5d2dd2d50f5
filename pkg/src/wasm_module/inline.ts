/**
 * Loads the engine where there is WebAssembly. Its bytes are part of the bundle, so no bundler has to be taught how to
 * find a .wasm file and an installed app needs no further request to start offline.
 */
import * as glue from '../../wasm/web/engine_bg.js';
import bytes from '../../wasm/web/engine_bg.wasm';
import type { EngineModule } from './engine_module.js';

let loading: Promise<EngineModule> | undefined;

async function instantiate(): Promise<EngineModule> {
  // The types know only the public exports of the glue; the module imports all of them.
  const imports = { './engine_bg.js': glue as unknown as WebAssembly.ModuleImports };
  const { instance } = await WebAssembly.instantiate(bytes, imports);
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  return glue;
}

/** Instantiates the engine on the first call; later calls get the same module. A failed load may be tried again. */
export function loadEngineModule(): Promise<EngineModule> {
  loading ??= instantiate().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

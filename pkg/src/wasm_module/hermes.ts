/**
 * Loads the engine on React Native. Hermes has no WebAssembly, so this is the same Rust as JavaScript; it is ready as
 * soon as its file is evaluated.
 */
import * as engine from '../../wasm/hermes/engine.cjs';
import type { EngineModule } from './engine_module.js';

const loaded: Promise<EngineModule> = Promise.resolve(engine as unknown as EngineModule);

/** The engine's bindings. */
export function loadEngineModule(): Promise<EngineModule> {
  return loaded;
}

/** The engine's generated bindings, however they were compiled: as WebAssembly or as JavaScript. */
export type EngineModule = typeof import('../../wasm/web/engine.js');

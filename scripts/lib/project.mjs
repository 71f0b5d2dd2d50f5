// Where things are in this repository, and the environment every tool is started with.
import { existsSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');

/** An absolute path inside the repository. */
export const at = (...parts) => join(root, ...parts);

/** A path as a person reads it: relative to the repository. */
export const shown = (path) => relative(root, path) || '.';

// Cargo locks a target directory while it works. Separate directories keep a native test run, the generators and the two
// WASM builds from waiting for one another, and keep their different flags from rebuilding each other's crates.
export const targetDir = {
  tools: at('target', 'tools'),
  wasm: at('target', 'wasm'),
  hermes: at('target', 'hermes'),
};

export const wasmBindgen = join(targetDir.tools, 'debug', 'wasm-bindgen');

/**
 * The environment for child processes: the project's own Node, npm tools and generators come first, and nothing phones
 * home or asks questions.
 */
export function toolEnvironment(extra = {}) {
  const first = [at('node_modules', '.bin'), join(targetDir.tools, 'debug'), at('.tools', 'bin')];
  return {
    ...process.env,
    PATH: [...first, process.env.PATH].join(delimiter),
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    ...extra,
  };
}

/** The project's own Node when npm installed it (Linux), else the Node that runs this script. */
export function nodeBinary() {
  const own = at('node_modules', '.bin', 'node');
  return existsSync(own) ? own : process.execPath;
}

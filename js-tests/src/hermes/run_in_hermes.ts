/**
 * Runs a test program together with the React Native build of the package inside a real Hermes.
 *
 * The virtual machine is Hermes 0.12, the newest one a package registry offers that runs on its own. It is older than
 * what any supported React Native ships and therefore stricter: no classes, no async functions, no `let` in loops, no
 * WeakRef and no FinalizationRegistry. So everything is lowered by Babel first, as React Native's own preset would.
 *
 * What a program finds there: Promise, setTimeout, BigInt, typed arrays, and two things added here: `console` (made from
 * Hermes' `print`) and `Promise.allSettled`.
 * What it does not find, and must bring if it needs it: fetch, crypto, TextEncoder and TextDecoder, performance, URL,
 * queueMicrotask, AbortController, structuredClone.
 */
import { transformAsync } from '@babel/core';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutMachineMade } from './machine_made.ts';

const packageName = '@auraconnect/offline-sync';
const engineBundle = fileURLToPath(new URL('../../../pkg/dist/react-native/index.cjs', import.meta.url));
const loweredDir = fileURLToPath(new URL('../../../target/hermes/lowered/', import.meta.url));
const requireHere = createRequire(import.meta.url);

/** What a program did. */
export interface HermesRun {
  /** What it printed with `print` or `console`. */
  readonly stdout: string;
  /** What Hermes itself said, such as an uncaught error with its stack. */
  readonly stderr: string;
  /** 0 when the program ended without an uncaught error. */
  readonly exitCode: number | null;
}

/** Where the virtual machine is, or null where npm has none that runs (anything but Linux on x86-64). */
export function hermesBinary(): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  return join(dirname(requireHere.resolve('hermes-engine-cli/package.json')), 'linux64-bin', 'hermes');
}

/**
 * Runs `program`, the source of a CommonJS module that may `require('@auraconnect/offline-sync')` and, relative to
 * `resolveDir`, files of its own. A program that never ends is stopped after `timeoutMs`.
 */
export async function runInHermes(
  program: string,
  { resolveDir = dirname(fileURLToPath(import.meta.url)), timeoutMs = 120_000 } = {},
): Promise<HermesRun> {
  const hermes = hermesBinary();
  if (hermes === null) throw new Error('there is no Hermes for this platform in the npm registry');
  const dir = await mkdtemp(join(tmpdir(), 'hermes-run-'));
  try {
    const file = join(dir, 'program.js');
    await writeFile(file, linked(await loweredEngine(), await lowered(await bundled(program, resolveDir))));
    return await execute(hermes, file, timeoutMs);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function bundled(program: string, resolveDir: string): Promise<string> {
  const result = await build({
    stdin: { contents: program, resolveDir, sourcefile: 'program.ts', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'es2017',
    external: [packageName],
  });
  const output = result.outputFiles[0];
  if (output === undefined) throw new Error('esbuild made no output for the program');
  return output.text;
}

async function lowered(source: string): Promise<string> {
  const result = await transformAsync(source, {
    babelrc: false,
    configFile: false,
    compact: true,
    sourceType: 'script',
    // Hermes has always known `**`, also of BigInts, which nothing older could do; React Native's preset leaves it alone too.
    presets: [
      [
        requireHere.resolve('@babel/preset-env'),
        { targets: { ie: '11' }, modules: false, exclude: ['transform-exponentiation-operator'] },
      ],
    ],
  });
  if (typeof result?.code !== 'string') throw new Error('Babel made no output for the program');
  return result.code;
}

/** The package's React Native bundle, lowered. It takes seconds and is the same for every program, so it is kept. */
async function loweredEngine(): Promise<string> {
  const source = await readFile(engineBundle, 'utf8');
  const kept = join(loweredDir, `${createHash('sha256').update(source).digest('hex').slice(0, 16)}.js`);
  const already = await readFile(kept, 'utf8').catch(() => null);
  if (already !== null) return already;
  const machineMade = withoutMachineMade(source);
  const code = machineMade.restore(await lowered(machineMade.source));
  await mkdir(loweredDir, { recursive: true });
  const beside = `${kept}.${process.pid}`;
  await writeFile(beside, code);
  await rename(beside, kept);
  return code;
}

/** One script of both modules, with the little of CommonJS that they use. */
function linked(engine: string, program: string): string {
  return `
if (typeof console === 'undefined') {
  globalThis.console = { log: print, info: print, warn: print, error: print, debug: print };
}
// React Native installs a Promise of its own that has this.
Promise.allSettled = Promise.allSettled || function (promises) {
  return Promise.all(promises.map(function (promise) {
    return Promise.resolve(promise).then(
      function (value) { return { status: 'fulfilled', value: value }; },
      function (reason) { return { status: 'rejected', reason: reason }; }
    );
  }));
};
(function () {
  var sources = {
    ${JSON.stringify(packageName)}: function (module, exports, require) {${engine}
    },
    program: function (module, exports, require) {${program}
    },
  };
  var loaded = {};
  function require(name) {
    if (loaded[name] === undefined) {
      if (sources[name] === undefined) throw new Error('there is no module ' + name);
      loaded[name] = { exports: {} };
      sources[name](loaded[name], loaded[name].exports, require);
    }
    return loaded[name].exports;
  }
  require('program');
})();
`;
}

function execute(hermes: string, file: string, timeoutMs: number): Promise<HermesRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(hermes, ['-O', '-lazy', '-w', file], { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    let stdout = '';
    let stderr = '';
    // As text and not as bytes: a letter of several bytes may come in two pieces.
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ stdout, stderr, exitCode }));
  });
}

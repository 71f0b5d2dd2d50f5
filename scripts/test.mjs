// All tests, or the parts named on the command line: native wasm js simulation. Stops at the first failure.
import { buildSteps } from './lib/build_steps.mjs';
import { nodeBinary, targetDir } from './lib/project.mjs';
import { timed } from './lib/progress.mjs';
import { ask, main, plainError, run } from './lib/run.mjs';
import { ensureCargoTool, ensureChromium, ensureNodePackages, ensureRustTarget } from './lib/set_up.mjs';

/** Evenings of every class of faults: as many as tell whether a switch does nothing; and of all of them at once. */
const simulatedEvenings = { ofEveryClass: 200, mixed: 2000 };

/** The crates on this machine: domain, protocol, engine, server on SQLite, simulator. */
async function native() {
  if (ask('cargo', ['nextest', '--version']) === null) return run('cargo', ['test']);
  await run('cargo', ['nextest', 'run']);
  // nextest does not run the examples in the documentation.
  await run('cargo', ['test', '--doc']);
}

/** The engine's bindings inside Node and inside Chromium. */
async function wasm() {
  await buildSteps(['tools']);
  await ensureCargoTool('wasm-pack', '0.15.1');
  const { chromedriver } = await ensureChromium();
  const env = { CARGO_TARGET_DIR: targetDir.wasm, CHROMEDRIVER: chromedriver };
  const test = (...args) => run('wasm-pack', ['test', '--mode', 'no-install', ...args], { env });
  await test('--node', 'engine', '--test', 'node');
  await test('--headless', '--chrome', '--chromedriver', chromedriver, 'engine', '--test', 'browser');
}

/** The package: storage contract, boundary, end to end on workerd with D1, in Chromium and in Hermes. */
async function js() {
  await buildSteps();
  const { chromium } = await ensureChromium();
  await run(nodeBinary(), ['--test', 'js-tests/src/**/*.test.ts'], { env: { CHROMIUM: chromium } });
}

/** Many devices, one server, a bad network: a bounded slice of evenings. */
async function simulation() {
  const simulate = (...args) => run('cargo', ['run', '--quiet', '--release', '-p', 'simulation', '--', ...args]);
  await simulate('--every-class', '--seeds', String(simulatedEvenings.ofEveryClass));
  await simulate('--fault', 'mixed', '--seeds', String(simulatedEvenings.mixed));
}

const parts = new Map(Object.entries({ native, wasm, js, simulation }));

await main(async (names) => {
  const unknown = names.find((name) => !parts.has(name));
  if (unknown !== undefined)
    throw plainError(`there is no part '${unknown}'; the parts are ${[...parts.keys()].join(', ')}`);
  await ensureNodePackages();
  await ensureRustTarget();
  for (const [name, part] of parts) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n── tests: ${name}`);
    await timed(name, part);
  }
});

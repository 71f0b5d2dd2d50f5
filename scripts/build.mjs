// Builds the project, or the steps named on the command line: tools engine hermes package worker demo.
import { timed } from './lib/progress.mjs';
import { main, plainError } from './lib/run.mjs';
import { ensureNodePackages, ensureRustTarget } from './lib/set_up.mjs';
import { buildDemo } from './lib/steps/demo.mjs';
import { buildEngine } from './lib/steps/engine.mjs';
import { buildHermes } from './lib/steps/hermes.mjs';
import { buildPackage } from './lib/steps/package.mjs';
import { buildTools } from './lib/steps/tools.mjs';
import { buildWorker } from './lib/steps/worker.mjs';

const steps = new Map([
  ['tools', buildTools],
  ['engine', buildEngine],
  ['hermes', buildHermes],
  ['package', buildPackage],
  ['worker', buildWorker],
  ['demo', buildDemo],
]);

// What must have been built before a step can run. Each is quick when nothing changed.
const before = new Map([
  ['engine', ['tools']],
  ['hermes', ['tools']],
  ['package', ['tools', 'engine', 'hermes']],
  ['worker', ['tools']],
  ['demo', ['tools', 'engine', 'hermes', 'package']],
]);

await main(async (names) => {
  for (const name of names) {
    if (!steps.has(name)) throw plainError(`there is no step '${name}'; the steps are ${[...steps.keys()].join(', ')}`);
  }
  await ensureNodePackages();
  await ensureRustTarget();
  const wanted = new Set(names.flatMap((name) => [...(before.get(name) ?? []), name]));
  for (const [name, build] of steps) {
    if (names.length === 0 || wanted.has(name)) await timed(name, build);
  }
});

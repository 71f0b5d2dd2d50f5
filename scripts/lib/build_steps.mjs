// The steps of the build and what each needs before it.
import { timed } from './progress.mjs';
import { plainError } from './run.mjs';
import { ensureNodePackages, ensureRustTarget } from './set_up.mjs';
import { buildDemo } from './steps/demo.mjs';
import { buildEngine } from './steps/engine.mjs';
import { buildHermes } from './steps/hermes.mjs';
import { buildPackage } from './steps/package.mjs';
import { buildTools } from './steps/tools.mjs';
import { buildWorker } from './steps/worker.mjs';

const steps = new Map([
  ['tools', buildTools],
  ['engine', buildEngine],
  ['hermes', buildHermes],
  ['package', buildPackage],
  ['worker', buildWorker],
  ['demo', buildDemo],
]);

// Each is quick when nothing changed, so a step always brings what it needs up to date.
const before = new Map([
  ['engine', ['tools']],
  ['hermes', ['tools']],
  ['package', ['tools', 'engine', 'hermes']],
  ['worker', ['tools']],
  ['demo', ['tools', 'engine', 'hermes', 'package']],
]);

/** Builds the named steps and what they need; all of them when none is named. */
export async function buildSteps(names = []) {
  for (const name of names) {
    if (!steps.has(name)) throw plainError(`there is no step '${name}'; the steps are ${[...steps.keys()].join(', ')}`);
  }
  await ensureNodePackages();
  await ensureRustTarget();
  const wanted = new Set(names.flatMap((name) => [...(before.get(name) ?? []), name]));
  for (const [name, build] of steps) {
    if (names.length === 0 || wanted.has(name)) await timed(name, build);
  }
}

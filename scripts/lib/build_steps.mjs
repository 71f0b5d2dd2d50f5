// The steps of the build and what each needs before it.
import { whileNobodyElseBuilds } from './build_lock.mjs';
import { timed } from './progress.mjs';
import { plainError } from './run.mjs';
import { ensureNodePackages, ensureRustTarget } from './set_up.mjs';
import { buildDemo } from './steps/demo.mjs';
import { buildEngine } from './steps/engine.mjs';
import { buildHermes } from './steps/hermes.mjs';
import { buildPackage } from './steps/package.mjs';
import { buildTools } from './steps/tools.mjs';
import { buildWorker } from './steps/worker.mjs';

// The steps of one wave do not need each other and run at the same time: linking is slow and uses one core only.
const waves = [
  { tools: buildTools },
  { engine: buildEngine, hermes: buildHermes, worker: buildWorker },
  { package: buildPackage },
  { demo: buildDemo },
];
const names = waves.flatMap((wave) => Object.keys(wave));

// Each is quick when nothing changed, so a step always brings what it needs up to date.
const before = new Map([
  ['engine', ['tools']],
  ['hermes', ['tools']],
  ['package', ['tools', 'engine', 'hermes']],
  ['worker', ['tools']],
  ['demo', ['tools', 'engine', 'hermes', 'package']],
]);

/** Builds the named steps and what they need; all of them when none is named. */
export async function buildSteps(named = []) {
  const unknown = named.find((name) => !names.includes(name));
  if (unknown !== undefined) throw plainError(`there is no step '${unknown}'; the steps are ${names.join(', ')}`);
  const wanted = new Set(named.length === 0 ? names : named.flatMap((name) => [...(before.get(name) ?? []), name]));
  await whileNobodyElseBuilds(async () => {
    await ensureNodePackages();
    await ensureRustTarget();
    for (const wave of waves) {
      const steps = Object.entries(wave).filter(([name]) => wanted.has(name));
      await Promise.all(steps.map(([name, build]) => timed(name, build)));
    }
  });
}

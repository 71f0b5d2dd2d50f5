// Loses the database and brings it back from a backup, with wrangler's own commands on local D1 and devices that go on.
// docs/operations.md says what an operator does. Half a minute. Options: --orders n.
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureNodePackages } from './lib/set_up.mjs';

await main(async (args) => {
  await ensureNodePackages();
  await buildSteps(['package', 'worker']);
  await run(nodeBinary(), [at('js-tests', 'src', 'server', 'drill', 'drill_run.ts'), ...args]);
});

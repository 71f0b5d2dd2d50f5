// Plants bugs between the built worker and its database, one at a time, and asks the tests over HTTP to notice: a test that
// cannot fail proves nothing. Two minutes; no compiling. The list is js-tests/src/server/planted/bugs.json.
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureNodePackages } from './lib/set_up.mjs';

await main(async () => {
  await ensureNodePackages();
  await buildSteps(['worker']);
  await run(nodeBinary(), [at('js-tests', 'src', 'server', 'planted', 'planted_run.ts')]);
});

// Eight writers of 500 mutations each race for one location while a reader follows them by its cursor; half a minute.
// Options: --writers n, --mutations n, --rounds n, --seed n.
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureNodePackages } from './lib/set_up.mjs';

await main(async (args) => {
  await ensureNodePackages();
  await buildSteps(['worker']);
  await run(nodeBinary(), [at('js-tests', 'src', 'server', 'blackbox', 'race_run.ts'), ...args]);
});

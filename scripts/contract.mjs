// Asks a local server what chance comes up with, well and badly, and holds every answer against docs/openapi.json.
// Options: --cases n (10,000), --seed n (1).
import { parseArgs } from 'node:util';
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureNodePackages } from './lib/set_up.mjs';

await main(async (args) => {
  const { values } = parseArgs({
    args,
    options: { cases: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  });
  await ensureNodePackages();
  await buildSteps(['worker']);
  process.env.CONTRACT_CASES = values.cases;
  process.env.CONTRACT_SEED = values.seed;
  await run(nodeBinary(), ['--test', at('js-tests', 'src', 'server', 'contract', 'contract.test.ts')]);
});

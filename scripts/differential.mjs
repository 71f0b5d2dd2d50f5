// The server on SQLite and a model of it in plain maps are asked the same, evening after random evening, and must answer
// alike to the byte; a slice of it is asked of the built Worker on local D1 too. Some minutes.
// Options: --mutations n (100000), --seed n (1), --d1 n (2000; 0 for none).
import { parseArgs } from 'node:util';
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureNodePackages } from './lib/set_up.mjs';

await main(async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      mutations: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      d1: { type: 'string', default: '2000' },
    },
  });
  const { mutations, seed, d1 } = values;
  const asked = ['--mutations', mutations, '--seed', seed];
  await run('cargo', ['run', '--quiet', '--release', '-p', 'differential', '--', ...asked]);
  if (Number(d1) === 0) return;
  await ensureNodePackages();
  await buildSteps(['worker']);
  const replay = at('js-tests', 'src', 'server', 'differential', 'replay_run.ts');
  await run(nodeBinary(), [replay, '--mutations', d1, '--seed', seed]);
});

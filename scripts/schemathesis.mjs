// Asks a local server everything that its OpenAPI document allows and forbids, with Schemathesis, which is installed for this
// project alone; needs Python 3.10 or later. Two to ten minutes. Options are handed on, e.g. --max-examples 200 --seed 7.
import { existsSync } from 'node:fs';
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureNodePackages } from './lib/set_up.mjs';

const version = '4.32.5';

await main(async (args) => {
  await ensureNodePackages();
  await buildSteps(['worker']);
  const environment = at('target', `schemathesis-${version}`);
  const program = at('target', `schemathesis-${version}`, 'bin', 'schemathesis');
  if (!existsSync(program)) {
    await run('python3', ['-m', 'venv', environment]);
    await run(at('target', `schemathesis-${version}`, 'bin', 'pip'), [
      'install',
      '--quiet',
      `schemathesis==${version}`,
    ]);
  }
  await run(nodeBinary(), [at('js-tests', 'src', 'server', 'contract', 'schemathesis_run.ts'), program, ...args]);
});

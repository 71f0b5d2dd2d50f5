// Kills Chromium 200 times while a till in it saves, and workerd 50 times while tills exchange orders and punches with it, and
// counts what was acknowledged and what is found. Some minutes. Options: --kills n, --server-kills n, --seed n.
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureChromium, ensureNodePackages } from './lib/set_up.mjs';

await main(async (args) => {
  await ensureNodePackages();
  await buildSteps(['package', 'worker']);
  const { chromium } = await ensureChromium();
  await run(nodeBinary(), [at('js-tests', 'src', 'kills', 'kill_run.ts'), ...args], { env: { CHROMIUM: chromium } });
});

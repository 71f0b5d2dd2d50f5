// Takes the pictures of the documentation anew, out of the browser tests that tell their stories.
import { buildSteps } from './lib/build_steps.mjs';
import { nodeBinary } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureChromium } from './lib/set_up.mjs';

const stories = ['reunion', 'conflict_inbox', 'report', 'staff'].map((name) => `js-tests/src/browser/${name}.test.ts`);

await main(async () => {
  await buildSteps();
  const { chromium } = await ensureChromium();
  await run(nodeBinary(), ['--test', ...stories], { env: { CHROMIUM: chromium, UPDATE_IMAGES: '1' } });
});

// What can be measured: the artefacts' sizes (also when nothing is named), or the storage beside plain IndexedDB code.
import { buildSteps } from './lib/build_steps.mjs';
import { main, plainError } from './lib/run.mjs';
import { ensureChromium } from './lib/set_up.mjs';
import { printSizes } from './lib/sizes.mjs';

async function storage(args) {
  await buildSteps(['package']);
  const { chromium } = await ensureChromium();
  process.env.CHROMIUM ??= chromium;
  console.log();
  const { runStorageBench } = await import('../benches/storage/run.mjs');
  await runStorageBench(args);
}

await main(async ([name, ...args]) => {
  switch (name) {
    case 'storage':
      return storage(args);
    case 'sizes':
      return printSizes();
    case undefined:
      await printSizes();
      console.log(
        '\nthere is more: npm run bench -- storage [--rounds n] [--quick], beside plain IndexedDB in Chromium',
      );
      return undefined;
    default:
      throw plainError(`there is no bench '${name}'; they are sizes and storage`);
  }
});

// What can be measured: the artefacts' sizes (also when nothing is named), the storage beside plain IndexedDB code, or the
// server beside D1 batches written by hand.
import { buildSteps } from './lib/build_steps.mjs';
import { at, nodeBinary } from './lib/project.mjs';
import { main, plainError, run } from './lib/run.mjs';
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

async function server(args) {
  await buildSteps(['worker']);
  console.log();
  await run(nodeBinary(), [at('benches', 'server', 'run.ts'), ...args]);
}

await main(async ([name, ...args]) => {
  switch (name) {
    case 'storage':
      return storage(args);
    case 'server':
      return server(args);
    case 'sizes':
      return printSizes();
    case undefined:
      await printSizes();
      console.log(
        '\nthere is more: npm run bench -- storage [--rounds n] [--quick], beside plain IndexedDB in Chromium' +
          '\n               npm run bench -- server [--rounds n] [--quick] [--million], beside plain D1 batches in workerd',
      );
      return undefined;
    default:
      throw plainError(`there is no bench '${name}'; they are sizes, storage and server`);
  }
});

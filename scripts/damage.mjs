// Damages a hundred thousand stores at random and opens them, and reads fifty thousand values that no engine wrote: nothing
// may be shown that never was, nothing undamaged may be lost, nothing may panic. Some minutes; `npm run test:damage -- 5000`
// damages five thousand.
import { main, run } from './lib/run.mjs';

await main(async ([stores = '100000']) => {
  const env = { DAMAGED_STORES: stores, STORE_BYTES: String(Math.ceil(Number(stores) / 2)) };
  const tests = ['--test', 'store_damage_fuzz', '--test', 'store_bytes_fuzz'];
  await run('cargo', ['test', '--release', '--package', 'engine', ...tests, '--', '--nocapture'], { env });
});

// One seed, one evening: runs the simulator with the arguments given, e.g. `npm run sim -- --seeds 2000`.
import { main, run } from './lib/run.mjs';

await main((args) => run('cargo', ['run', '--quiet', '--release', '-p', 'simulation', '--', ...args]));

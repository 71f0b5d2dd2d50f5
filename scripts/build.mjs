// Builds the project, or the steps named on the command line: tools engine hermes package worker demo.
import { buildSteps } from './lib/build_steps.mjs';
import { main } from './lib/run.mjs';

await main((names) => buildSteps(names));

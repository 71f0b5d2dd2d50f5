// Mutation testing of merge and money (`.cargo/mutants.toml` says which files): changes the rules one at a time and asks the
// tests to notice. An hour or two; `npm run mutants -- --shard 0/8` runs an eighth of them.
import { at } from './lib/project.mjs';
import { main, run } from './lib/run.mjs';
import { ensureCargoTool } from './lib/set_up.mjs';

/** Fewer random histories than usual: a mutant that survives these is looked at by hand. */
const env = { HISTORIES: '200', PROPTEST_CASES: '64' };

await main(async (args) => {
  await ensureCargoTool('cargo-mutants', '27.1.0');
  await run('cargo-mutants', ['mutants', '--package', 'domain', '--output', at('target'), ...args], { env });
});

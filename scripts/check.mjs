// Everything that can be said about the source, and about what is deployed of it, without running it. Stops at the first
// complaint.
import { existsSync } from 'node:fs';
import { buildSteps } from './lib/build_steps.mjs';
import { rehearseDeployment } from './lib/deployable.mjs';
import { at, targetDir } from './lib/project.mjs';
import { timed } from './lib/progress.mjs';
import { main, plainError, run } from './lib/run.mjs';
import { ensureCargoTool } from './lib/set_up.mjs';

const noWarnings = ['--', '-D', 'warnings'];
const onWasm = ['--target', 'wasm32-unknown-unknown', '--target-dir', targetDir.wasm];

const checks = new Map(
  Object.entries({
    rustfmt: () => run('cargo', ['fmt', '--all', '--check']),
    prettier: () => run('prettier', ['--check', '--log-level', 'warn', '.']),
    clippy: async () => {
      await run('cargo', ['clippy', '--quiet', '--workspace', '--exclude', 'wbg', '--all-targets', ...noWarnings]);
      // The bindings exist only for wasm32 and are invisible to the run above.
      await run('cargo', ['clippy', '--quiet', '-p', 'engine', '--lib', '--tests', ...onWasm, ...noWarnings]);
      await run('cargo', ['clippy', '--quiet', '-p', 'edge-api', '--lib', ...onWasm, ...noWarnings]);
    },
    types: async () => {
      for (const room of ['pkg', 'js-tests', 'benches/storage', 'benches/server', 'examples/pos-web']) {
        if (existsSync(at(room, 'tsconfig.json'))) await run('tsc', ['--noEmit', '-p', at(room)]);
      }
    },
    docs: () =>
      run('cargo', ['doc', '--quiet', '--no-deps', '--workspace', '--exclude', 'wbg'], {
        env: { RUSTDOCFLAGS: '-D warnings' },
      }),
    deny: async () => {
      await ensureCargoTool('cargo-deny', '0.20.2');
      // Advisories are left out: their database lives on a host that not every machine may reach.
      await run('cargo-deny', ['--all-features', 'check', '--hide-inclusion-graph', 'bans', 'licenses', 'sources']);
    },
    deploy: rehearseDeployment,
  }),
);

await main(async (names) => {
  const unknown = names.find((name) => !checks.has(name));
  if (unknown !== undefined)
    throw plainError(`there is no check '${unknown}'; they are ${[...checks.keys()].join(', ')}`);
  // The TypeScript of every room rests on the generated bindings.
  if (names.length === 0 || names.includes('types')) await buildSteps(['package']);
  for (const [name, check] of checks) {
    if (names.length === 0 || names.includes(name)) await timed(name, check);
  }
});

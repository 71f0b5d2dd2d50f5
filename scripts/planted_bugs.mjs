// Breaks the product on purpose, one bug at a time, in a copy, and asks the simulation, or the differential evenings, to notice:
// a checker that cannot fail proves nothing. Prints a table; fails when a bug goes unnoticed. Takes some minutes. An argument
// picks the bugs whose name holds it.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { at } from './lib/project.mjs';
import { main, plainError } from './lib/run.mjs';

const copy = at('target', 'planted', 'source');

/** Who is asked to notice: with which arguments, how its output ends, and how it names what it noticed. */
const trials = [
  {
    package: 'simulation',
    args: ['--seeds', '300'],
    ended: /passed, \d+ failed/,
    found: /^FAILED seed \d+ \[(\w+)\]/gm,
  },
  {
    package: 'differential',
    args: ['--mutations', '20000'],
    ended: /mutations: \d+ differences/,
    found: /^seed \d+, (request) \d+:/gm,
  },
];
const bugs = trials.flatMap((trial) =>
  JSON.parse(readFileSync(at(trial.package, 'planted_bugs.json'), 'utf8')).map((bug) => ({ ...bug, trial })),
);

/** A copy of the tracked sources, so that a stopped run leaves nothing broken behind. */
function freshCopy() {
  rmSync(copy, { recursive: true, force: true });
  const files = spawnSync('git', ['ls-files', '-z', '*.rs', '*.toml', '*.lock', '*.sql', 'fixtures'], { cwd: at() });
  for (const file of files.stdout.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(at(file), join(copy, file));
  }
}

/** Plants one bug, runs its trial, takes the bug out again. Returns the checkers that noticed. */
function noticed({ name, file, find, replace, trial }) {
  const path = join(copy, file);
  const sound = readFileSync(path, 'utf8');
  if (sound.split(find).length !== 2) throw plainError(`${file} does not hold exactly once what '${name}' replaces`);
  writeFileSync(
    path,
    sound.replace(find, () => replace),
  );
  const cargo = ['run', '--quiet', '--release', '-p', trial.package, '--', ...trial.args];
  const env = { ...process.env, CARGO_TARGET_DIR: at('target', 'planted', 'build'), RUSTFLAGS: '-Awarnings' };
  const run = spawnSync('cargo', cargo, { cwd: copy, env, maxBuffer: 1 << 28 });
  writeFileSync(path, sound);
  const printed = run.stdout.toString();
  if (!trial.ended.test(printed)) throw plainError(`'${name}' does not build:\n${run.stderr}`);
  const checkers = [...printed.matchAll(trial.found)].map(([, checker]) => checker);
  return { checkers: [...new Set(checkers)].sort(), failed: checkers.length };
}

await main((words) => {
  freshCopy();
  console.log('| planted bug | asked | noticed by | in evenings |\n|---|---|---|---|');
  const picked = bugs.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  const unnoticed = picked.filter((bug) => {
    const { checkers, failed } = noticed(bug);
    const asked = `${bug.trial.package} ${bug.trial.args.join(' ')}`;
    console.log(`| ${bug.name} | ${asked} | ${checkers.join(', ') || 'nobody'} | ${failed} |`);
    return failed === 0;
  });
  if (unnoticed.length > 0) throw plainError(`${unnoticed.length} planted bugs went unnoticed`);
});

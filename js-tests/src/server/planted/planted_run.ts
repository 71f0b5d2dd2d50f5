/**
 * Plants each bug of `bugs.json` between the worker and its database and asks the tests to notice: `node planted_run.ts`. The
 * control, without a bug, must pass; a statement that the worker no longer has is told.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One bug: where this stands in a statement, without line breaks, that is said instead. */
interface Bug {
  readonly name: string;
  readonly find: string;
  readonly replace: string;
  /** The test file that must notice it. */
  readonly noticed_by: string;
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const bugs = JSON.parse(await readFile(at('./bugs.json'), 'utf8')) as readonly Bug[];
const control: Omit<Bug, 'noticed_by'> = { name: 'none', find: '\u0000', replace: '' };

/** Whether the tests of a file pass with this bug, and whether its statement ran at all. */
async function tried(test: string, bug: Omit<Bug, 'noticed_by'>): Promise<{ passed: boolean; ran: boolean }> {
  const dir = await mkdtemp(join(tmpdir(), 'planted-'));
  const file = join(dir, 'bug.mjs');
  try {
    await writeFile(file, `export const bug = ${JSON.stringify(bug)};\n`);
    const child = spawn(process.execPath, ['--test', at(`../${test}`)], {
      env: { ...process.env, PLANTED_SERVER_BUG: file },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
    const status = await new Promise((resolve) => child.once('close', resolve));
    return { passed: status === 0, ran: said.includes('the planted statement runs') };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

let failures = 0;
const tell = (good: boolean, said: string): void => {
  failures += good ? 0 : 1;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${said}`);
};
for (const test of new Set(bugs.map(({ noticed_by }) => noticed_by))) {
  tell((await tried(test, control)).passed, `without a bug, ${test} passes`);
}
for (const bug of bugs) {
  const { passed, ran } = await tried(bug.noticed_by, bug);
  const end = ran ? (passed ? 'goes unnoticed by' : 'is noticed by') : 'is about a statement that does not run in';
  tell(ran && !passed, `${bug.name}: ${end} ${bug.noticed_by}`);
}
if (failures > 0) process.exitCode = 1;

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = (path: string) => readFileSync(`${root}${path}`, 'utf8');

interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const bugs = JSON.parse(text('simulation/planted_bugs.json')) as readonly PlantedBug[];

// Planting takes minutes and is not run with every change, so a source that moves on would leave its bug without a place unseen.
test('every planted bug has one place in the sources as they are, and changes it', () => {
  const places = bugs.map(({ name, file, find }) => [name, text(file).split(find).length - 1]);
  assert.deepEqual(
    places,
    bugs.map(({ name }) => [name, 1]),
  );
  assert.ok(bugs.every(({ find, replace }) => find !== replace));
});

test('every planted bug stands in the table of the last run', () => {
  const table = text('docs/planted-bugs.md');
  const missing = bugs.filter(({ name }) => !table.includes(`| ${name} |`)).map(({ name }) => name);
  assert.deepEqual(missing, []);
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const table = readFileSync(`${root}docs/regressions.md`, 'utf8');
const attacks = readFileSync(`${root}docs/security.md`, 'utf8');

/** A test as the table names it. */
interface Named {
  readonly name: string;
  readonly file: string;
}

function testsNamedIn(page: string): readonly Named[] {
  const links = page.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+\.(?:rs|ts))\)/g);
  return [...links].map(([, name = '', file = '']) => ({ name, file }));
}

/** The names of the tests in a source; what a list of cases fills into a name is shown as `…`. */
function testsIn(file: string): Set<string> {
  const source = readFileSync(`${root}${file}`, 'utf8');
  const found = file.endsWith('.rs')
    ? source.matchAll(/#\[(?:wasm_bindgen_)?test\]\s+(?:async )?fn (\w+)\(/g)
    : source.matchAll(/\btest\(\s*(?:'((?:[^'\\]|\\.)+)'|"((?:[^"\\]|\\.)+)"|`([^`]+)`)/g);
  const names = [...found].map((match) => match.slice(1).find((group) => group !== undefined) ?? '');
  return new Set(names.map((name) => name.replace(/\$\{[^}]+\}/g, '…')));
}

for (const [what, page] of [
  ['the table of what broke elsewhere', table],
  ['the page of attacks', attacks],
] as const) {
  test(`every test that ${what} names is there`, () => {
    const named = testsNamedIn(page);
    const missing = named.filter(({ name, file }) => !existsSync(`${root}${file}`) || !testsIn(file).has(name));
    assert.deepEqual(missing, []);
    assert.ok(named.length > 10, 'the page is read');
  });
}

test('every failure in that table has a rule and at least one test', () => {
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Failure'));
  const bare = rows.filter((row) => {
    const [, failure = '', rule = '', tests = ''] = row.split('|').map((cell) => cell.trim());
    return failure === '' || rule === '' || !/\[[^\]]+\]\(\.\.\//.test(tests);
  });
  assert.deepEqual(bare, []);
  assert.ok(rows.length > 20, 'the table is read');
});

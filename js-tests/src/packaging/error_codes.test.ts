import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const matches = (of: string, pattern: RegExp) => [...of.matchAll(pattern)].map(([, found]) => found ?? '');

test('every code that the package raises by itself is documented, and no other stands there', () => {
  const [, section = ''] = text('docs/error-codes.md').split('\n## Raised by the package\n');
  const documented = matches(section.split('\n## ')[0] ?? '', /^\| `([A-Z_]+)` \|/gm);
  const sources = globSync('pkg/src/**/*.ts', { cwd: root }).map(text).join('\n');
  const raised = [
    ...matches(sources, /'([A-Z]{2,}(?:_[A-Z]+)+|INTERNAL)'/g),
    ...matches(text('engine/src/command.rs'), /=> "([A-Z_]+)"/g),
    ...matches(text('engine/src/local_db/open_error.rs'), /=> "([A-Z_]+)"/g),
    ...matches(text('engine/src/wasm/driver.rs'), /rejection\("([A-Z_]+)"/g),
  ];
  // A number that JSON cannot hold is caught in the package with the code that the domain has for such a field.
  const own = new Set(raised.filter((code) => code !== 'FIELD_INVALID'));
  assert.deepEqual([...documented].sort(), [...own].sort());
});

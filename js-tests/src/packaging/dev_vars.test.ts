import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

interface Secrets {
  readonly values: Readonly<Record<string, string>>;
  readonly added: readonly string[];
}

// The scripts are plain JavaScript, which the type check does not read.
const script = new URL('../../../scripts/lib/dev_vars.mjs', import.meta.url).href;
const { ensureSecrets } = (await import(script)) as { readonly ensureSecrets: (path: string) => Secrets };

const dir = mkdtempSync(join(tmpdir(), 'dev-vars-'));
after(() => rmSync(dir, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const names = ['OPERATOR_TOKEN', 'GRANT_SIGNING_KEYS', 'PIN_SEALING_KEY'];

test('a new working copy is given every secret once, for nobody else to read', () => {
  const path = join(dir, 'new');
  const first = ensureSecrets(path);
  assert.deepEqual(first.added, names);
  assert.match(first.values['OPERATOR_TOKEN'] ?? '', /^[0-9a-f]{64}$/);
  assert.match(first.values['GRANT_SIGNING_KEYS'] ?? '', /^local:[0-9a-f]{64}$/);
  assert.match(first.values['PIN_SEALING_KEY'] ?? '', /^[0-9a-f]{64}$/);
  assert.equal(new Set(Object.values(first.values).map((value) => value.replace('local:', ''))).size, 3);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const written = readFileSync(path, 'utf8');
  assert.deepEqual(ensureSecrets(path), { values: first.values, added: [] });
  assert.equal(readFileSync(path, 'utf8'), written);
});

test('an older file is given the secrets that it lacks and keeps those that it has', () => {
  for (const older of [
    '# mine\nOPERATOR_TOKEN="abc"',
    "OTHER=1\nOPERATOR_TOKEN = 'abc'\n",
    'export OPERATOR_TOKEN=abc\r\n',
  ]) {
    const path = file('older', older);
    const { values, added } = ensureSecrets(path);
    assert.equal(values['OPERATOR_TOKEN'], 'abc', older);
    assert.deepEqual(added, names.slice(1));
    const text = readFileSync(path, 'utf8');
    assert.ok(text.startsWith(older) && !/abc.*GRANT/.test(text), text);
    assert.deepEqual(ensureSecrets(path), { values, added: [] });
  }
});

test('a secret that is empty on purpose stays empty, and one that is commented out is none', () => {
  const { values, added } = ensureSecrets(
    file('emptied', 'OPERATOR_TOKEN=a\nPIN_SEALING_KEY=""\n#GRANT_SIGNING_KEYS=k:1\n'),
  );
  assert.deepEqual([values['PIN_SEALING_KEY'], added], ['', ['GRANT_SIGNING_KEYS']]);
});

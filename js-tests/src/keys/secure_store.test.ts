import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EngineError, secureStoreKeys } from '@auraconnect/offline-sync';
import { durableKeyLaws, ids, key, keyLaws } from './contract.ts';
import { Keychain } from './keychain.ts';

const dir = mkdtempSync(join(tmpdir(), 'keychain-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let keychains = 0;
const newKeychain = () => new Keychain(join(dir, String((keychains += 1))));
const coded = (code: string) => (error: unknown) => error instanceof EngineError && error.code === code;

for (const [law, check] of Object.entries({ ...keyLaws, ...durableKeyLaws })) {
  const keychain = newKeychain();
  test(`keys in SecureStore: ${law}`, () => check((name) => secureStoreKeys(keychain, name), 'till'));
}

test('the item stays on this device and is small enough for every iOS, however many keys it holds', async () => {
  const keychain = newKeychain();
  await secureStoreKeys(keychain, 'till-b').save(Array.from({ length: 16 }, (_, place) => key(place + 1)));
  assert.deepEqual([...keychain.accessible.values()], [keychain.WHEN_UNLOCKED_THIS_DEVICE_ONLY]);
  const [[name, value] = ['', '']] = Object.entries(keychain.items());
  assert.match(name, /^[\w.-]+$/);
  assert.ok(value.length < 1024);
});

test('a locked keychain is unreadable, not empty, and gives its keys once it is unlocked', async () => {
  const keychain = newKeychain();
  const keys = secureStoreKeys(keychain, 'till');
  await keys.save([key(1)]);
  keychain.locked = true;
  await assert.rejects(keys.load(), coded('KEYS_UNREADABLE'));
  await assert.rejects(keys.save([key(2)]), coded('STORAGE_FAILED'));
  keychain.locked = false;
  assert.deepEqual(await ids(keys), [1]);
});

test('an item that holds something else than keys is unreadable', async () => {
  for (const damaged of ['', 'not base64!', 'AAAA', 'A'.repeat(48 * 17), 'A']) {
    const keychain = newKeychain();
    await keychain.setItemAsync('auraconnect.keys.till', damaged);
    const loading = secureStoreKeys(keychain, 'till').load();
    if (damaged === '') assert.deepEqual(await loading, []);
    else await assert.rejects(loading, coded('KEYS_UNREADABLE'), damaged);
  }
});

test('a name that the keychain does not take is refused at once', () => {
  for (const name of ['', 'till b', 'till/b', 'tïll']) {
    assert.throws(() => secureStoreKeys(newKeychain(), name), coded('OPTION_INVALID'));
  }
});

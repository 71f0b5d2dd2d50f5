import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durableLaws, laws } from '../storage/contract.ts';
import { hermesBinary, runInHermes } from './run_in_hermes.ts';

const skip = hermesBinary() === null ? 'the npm registry has no Hermes for this platform' : false;

/** The laws over what the React Native build gives, and over two AsyncStorages in memory: one of each version. */
const program = `
  // What the laws are written with; the stores themselves do without it.
  globalThis.TextEncoder = function () {
    this.encode = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (character) => character.charCodeAt(0));
  };
  globalThis.TextDecoder = function () {
    this.decode = (bytes) => decodeURIComponent(escape(String.fromCharCode(...bytes)));
  };
  const { durableLaws, laws } = require('../storage/contract.ts');
  const { asyncStorage } = require('../../../pkg/dist/react-native/storage/async-storage.cjs');
  const { memoryStorage } = require('../../../pkg/dist/react-native/storage/memory.cjs');

  const inMemory = (version) => {
    const values = new Map();
    const shared = {
      getAllKeys: () => Promise.resolve([...values.keys()]),
      setItem: (key, value) => Promise.resolve().then(() => void values.set(key, value)),
    };
    const get = (keys) => keys.map((key) => [key, values.get(key) || null]);
    const remove = (keys) => Promise.resolve().then(() => keys.forEach((key) => values.delete(key)));
    return version === 2
      ? { ...shared, multiGet: (keys) => Promise.resolve(get(keys)), multiRemove: remove }
      : { ...shared, getMany: (keys) => Promise.resolve(Object.fromEntries(get(keys))), removeMany: remove };
  };

  (async () => {
    for (const [law, check] of Object.entries(laws)) {
      await check(() => Promise.resolve(memoryStorage()), 'till').then(
        () => print('kept in memory: ' + law),
        (error) => print('broken in memory: ' + law + ': ' + error.message),
      );
    }
    for (const version of [2, 3]) {
      for (const [law, check] of Object.entries({ ...laws, ...durableLaws })) {
        const given = inMemory(version);
        await check((name) => asyncStorage(given, name), 'till').then(
          () => print('kept in AsyncStorage: ' + law),
          (error) => print('broken in AsyncStorage ' + version + ': ' + law + ': ' + error.message),
        );
      }
    }
  })();
`;

test('the stores of the React Native build keep every law inside Hermes', { skip }, async () => {
  const { stdout, stderr, exitCode } = await runInHermes(program);
  assert.equal(exitCode, 0, stderr);
  const lines = stdout.trim().split('\n');
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('kept')),
    [],
  );
  const count = Object.keys(laws).length;
  assert.equal(lines.length, count + 2 * (count + Object.keys(durableLaws).length));
});

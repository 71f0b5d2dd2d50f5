import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineError, openEngine } from '@auraconnect/offline-sync';
import { asyncStorage } from '@auraconnect/offline-sync/storage/async-storage';
import { expoSqlite, opSqlite, sqliteStorage } from '@auraconnect/offline-sync/storage/sqlite';

/** The calls of an instance of react-native-mmkv. */
const mmkv = {
  set: () => undefined,
  getString: () => undefined,
  getNumber: () => undefined,
  getBoolean: () => undefined,
  getBuffer: () => undefined,
  getAllKeys: () => [],
} as never;

test('MMKV is refused wherever it is passed, with the reason', async () => {
  const attempts: readonly (() => unknown)[] = [
    () => openEngine({ storage: mmkv, serverUrl: 'https://sync.example.com' }),
    () => asyncStorage(mmkv, 'till'),
    () => sqliteStorage(mmkv),
    () => expoSqlite(mmkv),
    () => opSqlite(mmkv),
  ];
  for (const attempt of attempts) {
    await assert.rejects(
      async () => attempt(),
      (error) => error instanceof EngineError && error.code === 'OPTION_INVALID' && /power cut/.test(error.message),
    );
  }
});

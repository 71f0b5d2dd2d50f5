import { test } from 'node:test';
import { memoryStorage } from '@auraconnect/offline-sync/storage/memory';
import { laws } from './contract.ts';

for (const [law, check] of Object.entries(laws)) {
  test(`in memory: ${law}`, () => check(() => Promise.resolve(memoryStorage()), law));
}

import { test } from 'node:test';
import { memoryKeys } from '@auraconnect/offline-sync';
import { keyLaws } from './contract.ts';

for (const [law, check] of Object.entries(keyLaws)) {
  const provider = memoryKeys();
  test(`keys in memory: ${law}`, () => check(() => provider, law));
}

/** A bounded slice of `npm run test:race`, where each of eight writers writes five hundred. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedServer } from '../../engine/shared_server.ts';
import { anySeed, chanceOf } from '../../kills/chance.ts';
import { race, raceText } from './race.ts';

const server = sharedServer();

test('a reader that follows eight racing writers misses no change and gets none twice', async (context) => {
  const seed = anySeed();
  context.diagnostic(`seed ${seed}`);
  const tally = await race(server(), { writers: 8, mutations: 60 }, chanceOf(seed));
  context.diagnostic(raceText(tally));
  assert.equal(tally.mutations, 8 * 60);
  assert.ok(tally.pagesDuringRace > 0, 'the reader read while they wrote');
});

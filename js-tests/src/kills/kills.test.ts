/** A bounded slice of `npm run test:kills`, which kills far more often. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { killBrowsers } from './browser_kills.ts';
import { anySeed } from './chance.ts';
import { killServers } from './server_kills.ts';
import { type Tally, tallyText } from './tally.ts';

test('a Chromium killed at any moment of a burst loses no acknowledged save and doubles none', (context) =>
  slice(context, killBrowsers, 8));

test('a workerd killed at any moment of a burst loses no acknowledged mutation of either stream and doubles none', (context) =>
  slice(context, killServers, 4));

async function slice(
  context: TestContext,
  kill: (options: { kills: number; seed: number }) => Promise<Tally>,
  kills: number,
): Promise<void> {
  const seed = anySeed();
  context.diagnostic(`seed ${seed}`);
  const tally = await kill({ kills, seed });
  context.diagnostic(tallyText(tally));
  assert.deepEqual([tally.kills, tally.lost], [kills, 0]);
}

/** A bounded slice of `npm run drill`. */
import { test } from 'node:test';
import { restoreDrill } from './restore_drill.ts';

test('a database that is brought back from a backup has its triggers, and devices that knew more go on', async (context) => {
  await restoreDrill({ orders: 20, tell: (step) => context.diagnostic(step) });
});

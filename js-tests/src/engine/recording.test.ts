import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryKeys } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, sellSoup } from './till.ts';

const server = sharedServer();

test('a recording tells what a till did and saw, and neither its credential nor its keys', async () => {
  const { devices } = await openRestaurant(server(), ['Till A']);
  const enrolment = only(devices);
  const keys = memoryKeys();
  const till = await openReadyTill(server().url, enrolment, { keys });
  const sold = await sellSoup(till);
  await drained(till);
  const text = await till.recording();
  const { format, steps } = JSON.parse(text) as { format: number; steps: { input: unknown; outputs: number }[] };
  assert.equal(format, 1);
  assert.ok(steps.length > 10, `${steps.length} inputs`);
  assert.ok(text.includes(sold.orderId) && text.includes('it_soup'), 'what people did is in it');
  assert.ok(!text.includes(enrolment.deviceToken), 'the credential is not');
  for (const { bytes } of await keys.load()) {
    assert.ok(!text.includes(Buffer.from(bytes).toString('hex')) && !text.includes(String([...bytes])), 'nor a key');
  }
});

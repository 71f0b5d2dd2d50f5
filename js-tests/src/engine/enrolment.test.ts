import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineError, enrolDevice } from '@auraconnect/offline-sync';
import { openRestaurant } from '../server/restaurant.ts';
import { sharedServer } from './shared_server.ts';
import { openReadyTill } from './till.ts';

const server = sharedServer();
const device = { name: 'Till A', platform: 'web', appVersion: '1' };

test('a one-time code makes one device that can sell, and no second one', async () => {
  const restaurant = await openRestaurant(server(), []);
  const { code } = await restaurant.asAdmin('POST', '/admin/enrolment-codes', { location_id: restaurant.locationId });
  const options = { ...device, serverUrl: `${server().url}/`, code: String(code) };
  const enrolment = await enrolDevice(options);
  assert.deepEqual([enrolment.tenantId, enrolment.locationId], [restaurant.tenantId, restaurant.locationId]);
  const till = await openReadyTill(server().url, enrolment);
  assert.equal((await till.orders.open()).ticketNo, `${enrolment.devicePrefix}-0001`);
  const again = enrolDevice(options);
  await assert.rejects(again, (error) => error instanceof EngineError && error.code === 'ENROLMENT_CODE_INVALID');
});

test("an answer that is not the server's own enrols nothing and says that there was no answer", async () => {
  const page = '<html>Welcome to our hotel</html>';
  const answer = { status: 200, headers: { get: () => 'text/html' }, text: () => Promise.resolve(page) };
  const enrolling = enrolDevice({
    ...device,
    serverUrl: server().url,
    code: 'x',
    fetch: () => Promise.resolve(answer),
  });
  await assert.rejects(enrolling, (error) => error instanceof EngineError && error.code === 'NO_ANSWER');
});

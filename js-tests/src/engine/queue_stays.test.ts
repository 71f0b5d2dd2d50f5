import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PauseReason } from '@auraconnect/offline-sync';
import { ledgerOf } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { answering, Cable, type Fate, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, sellSoup } from './till.ts';

const server = sharedServer();

const problem = (status: number, code: string): Fate =>
  answering(status, 'application/problem+json', JSON.stringify({ status, code, title: code, detail: code }));

/** The server's own 401: the request arrives with a credential that nobody holds. */
const withForeignToken: Fate = (_deliver, url, init) =>
  fetch(url, { ...init, headers: { ...init.headers, authorization: 'Bearer nobody' } });

interface Refusal {
  readonly what: string;
  readonly fate: Fate;
  readonly lastErrorCode: string;
  readonly paused: PauseReason | null;
}

const refusals: readonly Refusal[] = [
  { what: "the server's 401", fate: withForeignToken, lastErrorCode: 'UNAUTHORIZED', paused: 'unauthorized' },
  { what: 'a 403', fate: problem(403, 'FORBIDDEN'), lastErrorCode: 'FORBIDDEN', paused: 'forbidden' },
  { what: 'a 409', fate: problem(409, 'SEQ_GAP'), lastErrorCode: 'SEQ_GAP', paused: 'sequence' },
  { what: 'a 422', fate: problem(422, 'INVALID_REQUEST'), lastErrorCode: 'INVALID_REQUEST', paused: null },
  { what: 'a 500', fate: problem(500, 'INTERNAL'), lastErrorCode: 'INTERNAL', paused: null },
  { what: 'a code nobody knows', fate: problem(418, 'TEAPOT'), lastErrorCode: 'TEAPOT', paused: null },
  {
    what: "a hotel's sign-in page",
    fate: answering(200, 'text/html', '<html><h1>Welcome</h1>'),
    lastErrorCode: 'REPLY_UNREADABLE',
    paused: null,
  },
  {
    what: 'the text "order 14001 failed"',
    fate: answering(500, 'text/plain', 'order 14001 failed'),
    lastErrorCode: 'NO_ANSWER',
    paused: null,
  },
  {
    what: 'an empty list of verdicts',
    fate: answering(
      200,
      'application/json',
      '{"protocol":1,"server_time":"2026-10-31T23:41:07.120Z","acked_seq":4,"verdicts":[]}',
    ),
    lastErrorCode: 'REPLY_UNREADABLE',
    paused: null,
  },
];

for (const { what, fate, lastErrorCode, paused } of refusals) {
  test(`${what} removes nothing from the queue, which drains with the next good answer`, async () => {
    const restaurant = await openRestaurant(server(), ['Till A']);
    const cable = new Cable();
    const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
    cable.fate = fate;
    const sold = await sellSoup(till);
    till.syncNow();
    await until(`the till knows of ${lastErrorCode}`, () => {
      const status = till.status();
      return status.lastErrorCode === lastErrorCode && !status.exchanging;
    });
    const status = till.status();
    assert.deepEqual([status.queueDepth, status.parked.length, status.paused], [4, 0, paused]);
    assert.equal(till.orders.get(sold.orderId)?.status, 'closed');

    cable.fate = whole;
    await drained(till);
    const { operations } = await ledgerOf(server(), restaurant.tenantId);
    assert.deepEqual(
      operations.map(({ change }) => change.type),
      ['open', 'add_line', 'add_payment', 'close'],
    );
    assert.equal(till.status().paused, null);
  });
}

test('a revoked device stops sending, says so and keeps every mutation', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const device = only(restaurant.devices);
  const till = await openReadyTill(server().url, device);
  await restaurant.asAdmin('POST', `/admin/devices/${device.deviceId}/revoke`, {});
  await sellSoup(till);
  await until('the till has stopped sending', () => till.status().paused === 'forbidden');
  const { queueDepth, lastErrorCode, nextAttemptAt } = till.status();
  assert.deepEqual([queueDepth, lastErrorCode, nextAttemptAt], [4, 'DEVICE_REVOKED', null]);
  assert.deepEqual((await ledgerOf(server(), restaurant.tenantId)).operations, []);
});

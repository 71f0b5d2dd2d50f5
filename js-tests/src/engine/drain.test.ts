import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { answering, Cable, cut, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { openReadyTill, sellSoup } from './till.ts';

const server = sharedServer();

async function tillOnCable() {
  const { devices, tenantId } = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(devices), { fetch: cable.fetch });
  return { till, cable, ledger: () => ledgerOf(server(), tenantId) };
}

const problem = (status: number, code: string) =>
  answering(status, 'application/problem+json', JSON.stringify({ status, code, title: code, detail: code }));

test('a drain ends when the server has settled everything, and not before', async () => {
  const { till, cable, ledger } = await tillOnCable();
  cable.fate = cut;
  await sellSoup(till);
  await until('the server is found to be away', () => till.status().lastErrorCode !== null);
  let ended = false;
  const before = cable.sent.length;
  const draining = till.drain().finally(() => (ended = true));
  await until('an exchange has failed again', () => cable.sent.length > before && !till.status().exchanging);
  assert.equal(ended, false);
  cable.fate = whole;
  assert.deepEqual(await draining, {
    outcome: 'drained',
    queueDepth: 0,
    connection: till.status().connection,
    paused: null,
    lastErrorCode: null,
  });
  assert.equal((await ledger()).operations.length, 4);
});

test('a drain with nothing to send asks the server nothing', async () => {
  const { till, cable } = await tillOnCable();
  const before = cable.sent.length;
  assert.equal((await till.drain()).outcome, 'drained');
  assert.equal(cable.sent.length, before);
});

test('a drain whose time is over tells what still waits, and the engine goes on', async () => {
  const { till, cable, ledger } = await tillOnCable();
  cable.fate = cut;
  await sellSoup(till);
  const { outcome, queueDepth, lastErrorCode } = await till.drain({ timeoutMs: 50 });
  assert.deepEqual([outcome, queueDepth, lastErrorCode], ['timed_out', 4, 'NO_ANSWER']);
  cable.fate = whole;
  till.syncNow();
  await until('the queue is empty', () => till.status().queueDepth === 0);
  assert.equal((await ledger()).operations.length, 4);
});

test('a drain ends where the server says that nothing is to be sent until someone acts, after asking once more', async () => {
  const { till, cable } = await tillOnCable();
  cable.fate = problem(403, 'FORBIDDEN');
  await sellSoup(till);
  await until('sending is paused', () => till.status().paused === 'forbidden');
  const before = cable.sent.length;
  const { outcome, paused, queueDepth } = await till.drain();
  assert.deepEqual([outcome, paused, queueDepth, cable.sent.length - before], ['paused', 'forbidden', 4, 1]);
  cable.fate = whole;
  assert.equal((await till.drain()).outcome, 'drained');
});

test('closing the engine ends its drains with ENGINE_CLOSED', async () => {
  const { till, cable } = await tillOnCable();
  cable.fate = cut;
  await sellSoup(till);
  const [one, other] = [till.drain(), till.drain({ timeoutMs: 3_600_000 })];
  const closed = till.close();
  await assert.rejects(one, { code: 'ENGINE_CLOSED' });
  await assert.rejects(other, { code: 'ENGINE_CLOSED' });
  await closed;
  await assert.rejects(till.drain(), { code: 'ENGINE_CLOSED' });
});

test('a time out of range is refused', async () => {
  const { till } = await tillOnCable();
  for (const timeoutMs of [0, 3_600_001, Number.NaN]) {
    await assert.rejects(till.drain({ timeoutMs }), { code: 'OPTION_INVALID' });
  }
});

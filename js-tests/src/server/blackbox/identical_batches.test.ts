import assert from 'node:assert/strict';
import { test } from 'node:test';
import { only, sharedServer } from '../../engine/shared_server.ts';
import { disagreements } from '../agreement.ts';
import { ledgerOf } from '../ledger.ts';
import { openRestaurant } from '../restaurant.ts';
import { RawDevice, readReply } from './raw_device.ts';

const server = sharedServer();
const atOnce = 50;

test('a batch that arrives fifty times at once is applied once, and all fifty get the same verdicts', async () => {
  const { tenantId, devices } = await openRestaurant(server(), ['Till A', 'Till B']);
  const device = new RawDevice(server().url, only(devices));
  const batch = [1, 2, 3, 4, 5].flatMap((order) => [
    device.opens(order),
    device.addsLine(order),
    device.voidsNothing(order),
    device.addsLine(order),
  ]);
  const body = device.body(batch);
  const answers = await Promise.all(Array.from({ length: atOnce }, () => device.send(body)));

  const replies = answers.map(readReply);
  const verdicts = replies.map((reply) => JSON.stringify(reply.verdicts.map(({ replayed: _, ...verdict }) => verdict)));
  assert.deepEqual(new Set(verdicts), new Set([verdicts[0]]), 'all say the same');
  const firsts = replies.filter((reply) => reply.verdicts.every(({ replayed }) => !replayed));
  const repeats = replies.filter((reply) => reply.verdicts.every(({ replayed }) => replayed));
  assert.deepEqual([firsts.length, repeats.length], [1, atOnce - 1], 'one decided, the others repeat it');
  const outcomes = only(replies).verdicts.map(({ outcome }) => outcome);
  assert.deepEqual(outcomes.slice(0, 4), ['applied', 'applied', 'rejected', 'applied']);
  assert.deepEqual(new Set(replies.map(({ acked_seq }) => acked_seq)), new Set([batch.length]));

  const { operations, orders } = await ledgerOf(server(), tenantId);
  assert.deepEqual(
    operations.map(({ mutationId, seq }) => [mutationId, seq]),
    batch.map(({ id, seq }) => [id, seq]),
    'one row for each mutation',
  );
  assert.deepEqual(
    orders.map(({ lines }) => Object.keys(lines).length),
    [2, 2, 2, 2, 2],
  );
  assert.deepEqual(await disagreements(server()), []);

  const witness = new RawDevice(server().url, only(devices, 1));
  const { entries } = await witness.everything();
  const seen = entries.filter(({ collection }) => collection === 'orders').map(({ id, rev }) => [id, rev]);
  assert.deepEqual(
    seen,
    batch.filter(({ change }) => change.type === 'open').map(({ record_id }) => [record_id, 3]),
  );
});

test('a batch that arrives fifty times at once in growing pieces is applied once, whatever piece comes first', async () => {
  const { tenantId, devices } = await openRestaurant(server(), ['Till A']);
  const device = new RawDevice(server().url, only(devices));
  const batch = [device.opens(7), ...Array.from({ length: atOnce - 1 }, () => device.addsLine(7))];
  const answers = await Promise.all(batch.map((_, place) => device.exchange(batch.slice(0, place + 1))));
  const first = new Map<string, string>();
  for (const answer of answers) {
    // Fifty different batches of one stream meet at one guard; a server that lost it five times says so.
    if (answer.status === 503) continue;
    for (const { replayed: _, ...verdict } of readReply(answer).verdicts) {
      const text = JSON.stringify(verdict);
      assert.equal(first.get(verdict.id) ?? text, text);
      first.set(verdict.id, text);
    }
  }
  readReply(await device.exchange(batch));
  const { operations, orders } = await ledgerOf(server(), tenantId);
  assert.equal(operations.length, batch.length);
  assert.equal(Object.keys(only(orders).lines).length, batch.length - 1);
  assert.deepEqual(await disagreements(server()), []);
});

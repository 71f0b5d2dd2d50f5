import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { Cable, cut, repliesLost, whole } from './cable.ts';
import { only, sharedServer } from './shared_server.ts';
import { drained, openReadyTill, sellSoup, soup } from './till.ts';

const server = sharedServer();

test('a reply lost after the server committed doubles nothing', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  cable.fate = repliesLost;
  await sellSoup(till);
  await until('the server holds all four mutations', async () => {
    till.setConnection('online');
    return (await ledgerOf(server(), restaurant.tenantId)).operations.length === 4;
  });
  await until('the till has given up waiting', () => !till.status().exchanging);
  assert.equal(till.status().queueDepth, 4, 'without a verdict the till cannot know');
  const before = await ledgerOf(server(), restaurant.tenantId);

  cable.fate = whole;
  await drained(till);
  assert.deepEqual(await ledgerOf(server(), restaurant.tenantId), before, 'the repeat wrote nothing');
  assert.deepEqual([before.orders.length, paidMinor(before.orders)], [1, soup.totalMinor]);
  const [first, again] = [cable.pushes().at(-2), cable.pushes().at(-1)];
  assert.deepEqual(again?.mutations, first?.mutations, 'a retry is the same request');
  assert.equal(only(till.orders.list()).pendingMutations, 0);
});

interface Reply {
  readonly acked_seq: number;
  readonly verdicts: readonly { readonly replayed: boolean }[];
}

test('the same batch on two connections at once has its effects once and the same verdicts twice', async () => {
  const restaurant = await openRestaurant(server(), ['Till A']);
  const cable = new Cable();
  const till = await openReadyTill(server().url, only(restaurant.devices), { fetch: cable.fetch });
  for (let round = 1; round <= 5; round += 1) {
    cable.fate = cut;
    await sellSoup(till);
    till.setConnection('online');
    const batch = await until('the till has tried to send all four', () =>
      cable.sent.findLast(({ init }) => JSON.parse(init.body ?? '{}').mutations?.length === 4),
    );
    const send = async (): Promise<Reply> => {
      const answer = await fetch(batch.url, batch.init);
      assert.equal(answer.status, 200);
      return (await answer.json()) as Reply;
    };
    const replies = await Promise.all([send(), send(), send()]);
    const plain = replies.map(({ verdicts }) => verdicts.map((verdict) => ({ ...verdict, replayed: false })));
    assert.deepEqual(plain[1], plain[0]);
    assert.deepEqual(plain[2], plain[0]);
    const firsts = replies.filter(({ verdicts }) => verdicts.every(({ replayed }) => !replayed));
    const repeats = replies.filter(({ verdicts }) => verdicts.every(({ replayed }) => replayed));
    assert.deepEqual([firsts.length, repeats.length], [1, 2], 'one connection commits, the others find what it wrote');

    cable.fate = whole;
    await drained(till);
    cable.sent.length = 0;
    const { operations, orders } = await ledgerOf(server(), restaurant.tenantId);
    assert.deepEqual([operations.length, orders.length], [4 * round, round]);
    assert.equal(paidMinor(orders), round * soup.totalMinor);
  }
});

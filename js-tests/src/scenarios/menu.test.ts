/** What a till sells from a menu that moved on while it could not know: vector 7. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MenuView } from '@auraconnect/offline-sync';
import { only, sharedServer } from '../engine/shared_server.ts';
import { drained } from '../engine/till.ts';
import { arrivals, PartedTills } from './parted_tills.ts';

const server = sharedServer();
const burger = { itemId: 'it_burger', optionIds: ['mo_med'] };
const priceOf = (menu: MenuView | undefined): number | undefined =>
  menu?.items.find(({ id }) => id === burger.itemId)?.priceMinor;

for (const arrival of arrivals) {
  test(`V7: a burger sold at the price that the guest was told stays at it, whatever the menu says by now (${arrival})`, async () => {
    const tills = await PartedTills.open(server());
    const { restaurant, a, b } = tills;
    const order = await tills.partOver([burger]);
    const { menu } = restaurant as unknown as { menu: { items: { id: string; price_minor: number }[] } };
    const items = menu.items.map((item) => (item.id === burger.itemId ? { ...item, price_minor: 1550 } : item));
    await restaurant.asAdmin('POST', '/sync/menu', {
      location_id: restaurant.locationId,
      base_version: 41,
      menu: { ...menu, items, menu_version: 42 },
    });
    await a.orders.addLine(order.orderId, burger);
    const apart = await a.orders.open({ tableId: 'tbl_1', lines: [burger] });
    await tills.reunite(arrival);

    // 1450 and 8.25 % of tax, which is 119.625, so 120; of two 239.25, so 239.
    const alone = await tills.agreed(apart.orderId);
    const together = await tills.agreed(order.orderId);
    assert.deepEqual(
      [alone, together].map((agreed) => [agreed.order.totals.grossMinor, agreed.order.totals.totalMinor]),
      [
        [1450, 1570],
        [2900, 3139],
      ],
    );
    assert.deepEqual(
      [a, b].map((till) => [till.menu()?.menuVersion, priceOf(till.menu())]).flat(),
      [42, 1550, 42, 1550],
    );

    // From now on the new price is asked for, and the old lines keep theirs beside it.
    const { lines } = await b.orders.addLine(order.orderId, burger);
    assert.deepEqual(lines.map(({ unitPriceMinor }) => unitPriceMinor).toSorted(), [1450, 1450, 1550]);
    for (const till of [b, a]) await drained(till);
    assert.equal(a.orders.get(order.orderId)?.totals.grossMinor, 2 * 1450 + 1550);
    const { lines: rows } = only(together.ledger.orders.filter(({ order_id }) => order_id === order.orderId));
    const versions = Object.values(rows as unknown as Record<string, { menu_version: number }>);
    assert.deepEqual(
      versions.map(({ menu_version }) => menu_version),
      [41, 41],
      'each line says which menu it is from',
    );
  });
}

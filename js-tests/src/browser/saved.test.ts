import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Engine, OrderView } from '@auraconnect/offline-sync';
import { ledgerOf, paidMinor } from '../server/ledger.ts';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { startKillableChromium } from './killable_chromium.ts';
import { openEngineIn } from './open_engine_in.ts';
import { startTinyApp } from './tiny_app.ts';

const orderId = '0199f7a0-0000-7000-8000-000000000001';
const lineId = '0199f7a0-0000-7000-8000-000000000002';

type Command = (engine: Engine, ids: readonly [order: string, line: string]) => Promise<OrderView>;

/** A soup, then two: 1450 and 8.25 %, which is 119.625, so 120: 1570. */
const commands: Readonly<Record<string, Command>> = {
  open: ({ orders }, [order]) => orders.open({ orderId: order, tableId: 'tbl_4' }),
  addLine: ({ orders }, [order, line]) => orders.addLine(order, { lineId: line, itemId: 'it_soup' }),
  setQty: ({ orders }, [order, line]) => orders.setQty(order, line, 2),
  addPayment: ({ orders }, [order]) => orders.addPayment(order, { type: 'cash', amountMinor: 1570 }),
  close: ({ orders }, [order]) => orders.close(order),
};

test('a browser killed the moment a command resolved has it on disk, whichever command it was', async (context) => {
  const { server, restaurant, app } = await restaurantWithApp(context);
  const profileDir = await mkdtemp(join(tmpdir(), 'saved-'));
  let browser = await startKillableChromium(profileDir);
  context.after(async () => {
    await browser.kill();
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
  });
  assert.equal(await openEngineIn(browser.page, app.url, restaurant.devices[0]), 'opened');
  await browser.page.waitForFunction(() => window.engine?.menu() !== undefined);
  app.online = false;

  for (const [place, [name, command]] of Object.entries(commands).entries()) {
    const given = `(${command.toString()})(window.engine, ${JSON.stringify([orderId, lineId])})`;
    const resolved: OrderView = await browser.page.evaluate(given);
    await browser.kill();
    browser = await startKillableChromium(profileDir);
    // The store knows whose it is: nothing but the disk is asked.
    assert.equal(await openEngineIn(browser.page, app.url), 'opened');
    const found = await browser.page.evaluate(
      (id) => ({ order: window.engine?.orders.get(id), queueDepth: window.engine?.status().queueDepth }),
      orderId,
    );
    assert.deepEqual(found, { order: resolved, queueDepth: place + 1 }, `after ${name}`);
  }

  app.online = true;
  await browser.page.evaluate(() => window.engine?.syncNow());
  await browser.page.waitForFunction(() => window.engine?.status().queueDepth === 0);
  const { operations, orders } = await ledgerOf(server, restaurant.tenantId);
  assert.deepEqual(
    operations.map(({ seq, change }) => [seq, change.type]),
    [
      [1, 'open'],
      [2, 'add_line'],
      [3, 'set_qty'],
      [4, 'add_payment'],
      [5, 'close'],
    ],
  );
  assert.equal(paidMinor(orders), 1570);
});

async function restaurantWithApp(context: TestContext) {
  const server = await startLocalServer();
  context.after(() => server.stop());
  const restaurant = await openRestaurant(server, ['Till A']);
  const app = await startTinyApp(server.url);
  context.after(() => app.stop());
  return { server, restaurant, app };
}

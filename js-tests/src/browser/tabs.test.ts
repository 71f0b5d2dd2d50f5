/** Several tabs of a real browser at one till's store. What they say to each other is tested in `tabs/`. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { saleOf, saves } from '../kills/sale.ts';
import { checkLedger } from '../kills/sale_checks.ts';
import { type Ledger, ledgerOf } from '../server/ledger.ts';
import { startLocalServer } from '../server/local_server.ts';
import { openRestaurant } from '../server/restaurant.ts';
import { startChromium } from './chromium.ts';
import { openEngineIn } from './open_engine_in.ts';
import { startTinyApp } from './tiny_app.ts';

declare global {
  interface Window {
    /** What the page's listener has heard of. */
    heardOf: Set<string>;
    /** How the commands of the page's burst went, by note. */
    outcomes: Record<string, string>;
    /** A lock that a test has stolen. */
    letGo?: () => void;
  }
}

test('every tab takes orders, sees the others’ live, and only one of them speaks with the server', async (context) => {
  const till = await tillWithTabs(context, 3);
  const [writer, ...followers] = till.tabs;
  assert.deepEqual(await Promise.all(till.tabs.map(roleIn)), ['writer', 'follower', 'follower']);
  const sales = till.tabs.map((_, place) => saleOf(1, place));
  await Promise.all(
    till.tabs.map((tab, place) =>
      tab.evaluate(
        async (sale) => {
          const orders = window.engine?.orders;
          if (orders === undefined) throw new Error('no engine is open');
          for (const command of window.sale.commandsOf(orders, sale)) {
            const resolved = await command();
            // Whoever gave a command sees its effect at once, whichever tab carried it out.
            // (A verdict may have come since; it changes nothing of what was entered.)
            const [given, seen] = [resolved, orders.get(sale.orderId)].map((order) =>
              JSON.stringify([order?.lines, order?.payments, order?.status]),
            );
            if (given !== seen) throw new Error('a command is not seen where it was given');
          }
        },
        sales[place] ?? saleOf(1, place),
      ),
    ),
  );
  for (const tab of till.tabs) {
    await tab.waitForFunction((count) => {
      const orders = window.engine?.orders.list() ?? [];
      return orders.length === count && orders.every(({ status }) => status === 'closed');
    }, sales.length);
    const ids = sales.map(({ orderId }) => orderId);
    await tab.waitForFunction((wanted) => wanted.every((id) => window.heardOf.has(id)), ids);
  }
  await followers[0]?.evaluate(() => window.engine?.syncNow());
  for (const tab of till.tabs) await tab.waitForFunction(() => window.engine?.status().queueDepth === 0);
  for (const tab of followers) {
    await tab.waitForFunction(() => window.engine?.status().connection === 'online');
    await tab.waitForFunction((hash) => window.engine?.confirmedHash() === hash, await hashIn(writer));
  }
  checkLedger(await till.ledger(), new Map(sales.map((sale) => [sale, saves.length])));
});

test('a command names whoever works the tab where it was given, and a refused one is refused there with its code', async (context) => {
  const till = await tillWithTabs(context, 2);
  const [, follower] = till.tabs;
  const refused = await follower?.evaluate(async () => {
    window.engine?.setStaff('stf_tom');
    const order = await window.engine?.orders.open({ tableId: 'tbl_2' });
    const close = window.engine?.orders.addLine(order?.orderId ?? '', { itemId: 'it_soup', qty: 0 });
    return close?.catch(({ code, field }: { code: string; field: string }) => ({ code, field }));
  });
  assert.deepEqual(refused, { code: 'FIELD_INVALID', field: 'qty' });
  const [order] = (await till.tabs[0]?.evaluate(() => window.engine?.orders.list())) ?? [];
  assert.deepEqual([order?.openedBy, order?.lines.length], ['stf_tom', 0]);
});

for (const death of ['closed without a word', 'crashed'] as const) {
  test(`the writer's page is ${death} in the middle of a follower's burst, and each command takes effect once`, async (context) => {
    const till = await tillWithTabs(context, 2);
    const [writer, follower] = till.tabs;
    assert.ok(writer && follower);
    await burstWhile(follower, 'soup', async () => {
      await follower.waitForFunction(() => Object.keys(window.outcomes).length > 0);
      await endPage(writer, death);
    });
    await follower.waitForFunction(() => window.engine?.status().role === 'writer');
    await checkBurst(till, follower, ['soup']);
  });
}

test('of three tabs the writer is killed twice, and the last one has everything once', async (context) => {
  const till = await tillWithTabs(context, 3);
  const last = till.tabs[2];
  assert.ok(last);
  await burstWhile(last, 'first', () => endPage(till.tabs[0], 'crashed'));
  await till.tabs[1]?.waitForFunction(() => window.engine?.status().role === 'writer');
  await burstWhile(last, 'second', () => endPage(till.tabs[1], 'crashed'));
  await last.waitForFunction(() => window.engine?.status().role === 'writer');
  await checkBurst(till, last, ['first', 'second']);
});

test('closing hands over: what was given before is saved, and the next tab goes on', async (context) => {
  const till = await tillWithTabs(context, 2);
  const [writer, follower] = till.tabs;
  assert.ok(writer && follower);
  await burstWhile(follower, 'soup', async () => {
    await writer.evaluate(async () => {
      void window.engine?.orders.open({ tableId: 'tbl_6' });
      await window.engine?.close();
    });
  });
  await follower.waitForFunction(() => window.engine?.status().role === 'writer');
  assert.equal(await follower.evaluate(() => window.engine?.orders.list({ tableId: 'tbl_6' }).length), 1);
  await checkBurst(till, follower, ['soup']);
});

test('a tab that opens the store without naming the device joins, and may be the next writer', async (context) => {
  const till = await tillWithTabs(context, 1);
  const [writer] = till.tabs;
  const late = await till.newPage();
  assert.equal(await openEngineIn(late, till.url), 'opened');
  assert.equal(await roleIn(late), 'follower');
  await writer?.evaluate(() => window.engine?.orders.open({ tableId: 'tbl_6' }));
  await late.waitForFunction(() => window.engine?.orders.list().length === 1);
  await writer?.evaluate(() => window.engine?.close());
  await late.waitForFunction(() => window.engine?.status().role === 'writer');
  assert.equal(await late.evaluate(() => window.engine?.orders.list()[0]?.tableId), 'tbl_6');
});

test('a writer that is robbed of its lock unawares stops at its next commit, follows, and loses nothing', async (context) => {
  const till = await tillWithTabs(context, 2, 'unaware');
  const [stale, heir] = till.tabs;
  const thief = await till.newPage();
  await thief.goto(till.url);
  await thief.evaluate((name) => {
    const held = new Promise<void>((release) => (window.letGo = release));
    return new Promise<void>((resolve) => {
      void navigator.locks.request(name, { steal: true }, () => {
        resolve();
        return held;
      });
    });
  }, `auraconnect/${till.deviceId}`);
  await thief.evaluate(() => window.letGo?.());
  await heir?.waitForFunction(() => window.engine?.status().role === 'writer');
  assert.equal(await roleIn(stale), 'writer', 'it believes so still');
  await heir?.evaluate(() => window.engine?.orders.open({ tableId: 'tbl_1' }));
  await stale?.evaluate(() => window.engine?.orders.open({ tableId: 'tbl_2' }));
  assert.equal(await roleIn(stale), 'follower');
  await heir?.evaluate(() => window.engine?.syncNow());
  for (const tab of [heir, stale]) {
    await tab?.waitForFunction(() => {
      const { queueDepth } = window.engine?.status() ?? {};
      return queueDepth === 0 && window.engine?.orders.list().length === 2;
    });
  }
  await stale?.waitForFunction((hash) => window.engine?.confirmedHash() === hash, await hashIn(heir));
  const { operations } = await till.ledger();
  assert.deepEqual(
    operations.map(({ seq, change }) => [seq, change.type]),
    [
      [1, 'open'],
      [2, 'open'],
    ],
  );
});

interface Till {
  readonly url: string;
  readonly deviceId: string;
  readonly tabs: readonly Page[];
  newPage(): Promise<Page>;
  ledger(): Promise<Ledger>;
}

/** A till with so many tabs, the first of which writes; `unaware`: it never hears that its lock is stolen. */
async function tillWithTabs(context: TestContext, count: number, first?: 'unaware'): Promise<Till> {
  const server = await startLocalServer();
  context.after(() => server.stop());
  const { tenantId, devices } = await openRestaurant(server, ['Till A']);
  const app = await startTinyApp(server.url);
  context.after(() => app.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const profile = await browser.newContext();
  const tabs: Page[] = [];
  for (let place = 0; place < count; place += 1) {
    const tab = await profile.newPage();
    await tab.addInitScript(() => (window.outcomes = {}));
    if (first === 'unaware' && place === 0) {
      await tab.addInitScript(() => {
        const request = LockManager.prototype.request as (...args: unknown[]) => Promise<unknown>;
        LockManager.prototype.request = function (this: LockManager, ...args: unknown[]) {
          return request.apply(this, args).catch(() => new Promise(() => undefined));
        } as typeof LockManager.prototype.request;
      });
    }
    assert.equal(await openEngineIn(tab, app.url, devices[0]), 'opened');
    await tab.waitForFunction(() => window.engine?.menu() !== undefined);
    await tab.evaluate(() => {
      window.heardOf = new Set();
      window.engine?.subscribe((event) => {
        if (event.type === 'orders_changed') for (const id of event.orderIds) window.heardOf.add(id);
      });
    });
    tabs.push(tab);
  }
  return {
    url: app.url,
    deviceId: devices[0]?.deviceId ?? '',
    tabs,
    newPage: () => profile.newPage(),
    ledger: () => ledgerOf(server, tenantId),
  };
}

const burstLines = 50;

/** Has a tab open an order and give fifty commands at once that name no ids, and something happen meanwhile. */
async function burstWhile(tab: Page, name: string, happen: () => Promise<void>): Promise<void> {
  const before = await tab.evaluate(() => Object.keys(window.outcomes).length);
  const burst = tab.evaluate(
    async ([note, lines]) => {
      const orders = window.engine?.orders;
      if (orders === undefined) throw new Error('no engine is open');
      const { orderId } = await orders.open({ tableId: 'tbl_9' });
      const given = Array.from({ length: lines }, (_, place) => `${note} ${place}`).map((line) =>
        orders.addLine(orderId, { itemId: 'it_soup', note: line }).then(
          () => (window.outcomes[line] = 'saved'),
          (error: { code?: string }) => (window.outcomes[line] = String(error.code)),
        ),
      );
      await Promise.all(given);
    },
    [name, burstLines] as const,
  );
  await happen();
  await burst;
  const outcomes = Object.values(await tab.evaluate(() => window.outcomes));
  assert.deepEqual([outcomes.length - before, new Set(outcomes)], [burstLines, new Set(['saved'])]);
}

/** Every line of these bursts stands once, in its order, in the tab and in the server's ledger. */
async function checkBurst(till: Till, tab: Page, names: readonly string[]): Promise<void> {
  const notes = names.map((name) => Array.from({ length: burstLines }, (_, place) => `${name} ${place}`));
  const orders = await tab.evaluate(() => window.engine?.orders.list({ tableId: 'tbl_9' }) ?? []);
  assert.deepEqual(
    orders.map(({ lines }) => lines.map(({ note }) => note)),
    notes,
  );
  await tab.evaluate(() => window.engine?.syncNow());
  await tab.waitForFunction(() => window.engine?.status().queueDepth === 0);
  const { operations } = await till.ledger();
  const lines = operations.filter(({ change }) => change.type === 'add_line');
  assert.deepEqual(
    [lines.length, new Set(lines.map(({ mutationId }) => mutationId)).size],
    [names.length * burstLines, names.length * burstLines],
  );
  assert.deepEqual(
    operations.map(({ seq }) => seq),
    operations.map((_, place) => place + 1),
  );
}

async function endPage(page: Page | undefined, death: 'closed without a word' | 'crashed'): Promise<void> {
  if (page === undefined) return;
  if (death === 'closed without a word') return page.close({ runBeforeUnload: false });
  const crashed = page.waitForEvent('crash');
  const session = await page.context().newCDPSession(page);
  // A crashed page answers nothing.
  void session.send('Page.crash').catch(() => undefined);
  await crashed;
}

const roleIn = (tab: Page | undefined): Promise<string | undefined> | undefined =>
  tab?.evaluate(() => window.engine?.status().role);
const hashIn = (tab: Page | undefined): Promise<string | undefined> | undefined =>
  tab?.evaluate(() => window.engine?.confirmedHash());

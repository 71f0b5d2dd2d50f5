/** Background Sync in a real browser: the service worker of an app whose page is closed, hidden or still selling. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { saleOf, saves } from '../kills/sale.ts';
import { checkLedger } from '../kills/sale_checks.ts';
import { type Ledger, ledgerOf } from '../server/ledger.ts';
import { startLocalServer } from '../server/local_server.ts';
import { type DeviceEnrolment, openRestaurant } from '../server/restaurant.ts';
import { until } from '../until.ts';
import { startChromium } from './chromium.ts';
import { openEngineIn } from './open_engine_in.ts';
import { registrationIn, sendSyncEvent } from './sync_event.ts';
import { startTinyApp, type TinyApp } from './tiny_app.ts';

declare global {
  interface Window {
    /** Kept by the service worker of the tiny app. */
    synced: { readonly ended: string[]; readonly opened: number };
    /** The tags for which a page has asked the browser for an event. */
    registered: string[];
    /** Stops the page's part of Background Sync. */
    stopBackgroundSync?: () => void;
  }
}

const tag = 'till';
const sale = saleOf(1, 1);

test('what was saved while the server was away is sent by the worker after the page is closed, exactly once', async (context) => {
  const till = await tillWithWorker(context);
  const page = await till.openPage();
  till.app.online = false;
  await sell(page);
  await page.close();
  till.app.online = true;
  await till.sync();
  assert.deepEqual(await till.synced(), { ended: ['drained'], opened: 1 });
  checkLedger(await till.ledger(), new Map([[sale, saves.length]]));
  await till.sync();
  checkLedger(await till.ledger(), new Map([[sale, saves.length]]));
});

test('a page that is alive drains its own engine, and the worker opens none', async (context) => {
  const till = await tillWithWorker(context);
  const page = await till.openPage();
  till.app.online = false;
  await sell(page);
  till.app.online = true;
  await till.sync();
  assert.deepEqual(await till.synced(), { ended: ['drained'], opened: 0 });
  assert.equal(await depthIn(page), 0);
  checkLedger(await till.ledger(), new Map([[sale, saves.length]]));
});

test('a page that follows another tab answers for the till just as well', async (context) => {
  const till = await tillWithWorker(context);
  const writer = await till.openPage();
  const follower = await till.openPage();
  assert.equal(await follower.evaluate(() => window.engine?.status().role), 'follower');
  await writer.evaluate(() => window.stopBackgroundSync?.());
  till.app.online = false;
  await sell(follower);
  till.app.online = true;
  await till.sync();
  assert.deepEqual(await till.synced(), { ended: ['drained'], opened: 0 });
  assert.equal(await depthIn(follower), 0);
  checkLedger(await till.ledger(), new Map([[sale, saves.length]]));
});

test('beside a page that knows nothing of the worker, the worker follows it and has it send', async (context) => {
  const till = await tillWithWorker(context);
  const page = await till.openPage();
  await page.evaluate(() => window.stopBackgroundSync?.());
  till.app.online = false;
  await sell(page);
  till.app.online = true;
  await till.sync();
  assert.deepEqual(await till.synced(), { ended: ['drained'], opened: 1 });
  assert.deepEqual([await depthIn(page), await page.evaluate(() => window.engine?.status().role)], [0, 'writer']);
  checkLedger(await till.ledger(), new Map([[sale, saves.length]]));
});

for (const where of ['in the worker', 'in the page'] as const) {
  test(`while the server is away the event fails ${where}, so that the browser sends it again, and nothing is lost`, async (context) => {
    const till = await tillWithWorker(context);
    const page = await till.openPage();
    till.app.online = false;
    await sell(page);
    if (where === 'in the worker') await page.close();
    await till.sync();
    const failed = `${saves.length} changes still wait: timed_out`;
    assert.deepEqual((await till.synced()).ended, [failed]);
    assert.deepEqual((await till.ledger()).operations, []);
    till.app.online = true;
    await till.sync();
    assert.deepEqual((await till.synced()).ended, [failed, 'drained']);
    checkLedger(await till.ledger(), new Map([[sale, saves.length]]));
  });
}

test('a page that opens while the worker drains sells at once, and writes the store when the worker has closed', async (context) => {
  const till = await tillWithWorker(context);
  const first = await till.openPage();
  till.app.online = false;
  await sell(first);
  await first.close();
  const syncing = till.sync();
  await until('the worker has the store open', async () => (await till.synced()).opened === 1);
  const page = await till.openPage();
  assert.equal(await page.evaluate(() => window.engine?.orders.list().length), 1);
  await page.evaluate(() => window.engine?.orders.open({ tableId: 'tbl_6' }));
  await syncing;
  await page.waitForFunction(() => window.engine?.status().role === 'writer');
  till.app.online = true;
  await page.evaluate(() => window.engine?.drain());
  const { operations } = await till.ledger();
  assert.deepEqual(
    operations.map(({ seq }) => seq),
    operations.map((_, place) => place + 1),
  );
  assert.equal(operations.length, saves.length + 1);
});

test('an event is asked for when something waits and the server is away, once, and again when the page is hidden', async (context) => {
  const till = await tillWithWorker(context);
  const page = await till.openPage();
  assert.deepEqual(await page.evaluate(() => window.registered), []);
  await page.evaluate(() => window.engine?.orders.open({ tableId: 'tbl_1' }));
  await page.waitForFunction(() => window.engine?.status().queueDepth === 0);
  assert.deepEqual(await page.evaluate(() => window.registered), [], 'the server was there');
  till.app.online = false;
  await sell(page);
  await page.waitForFunction(() => window.engine?.status().lastErrorCode !== null);
  assert.deepEqual(await page.evaluate(() => window.registered), [tag]);
  await page.evaluate(() => dispatchEvent(new Event('pagehide')));
  assert.deepEqual(await page.evaluate(() => window.registered), [tag, tag]);
  till.app.online = true;
  await page.evaluate(() => window.engine?.drain());
  await page.evaluate(() => dispatchEvent(new Event('pagehide')));
  assert.deepEqual(await page.evaluate(() => window.registered), [tag, tag], 'nothing waits');
  await page.evaluate(() => window.engine?.close());
  await page.evaluate(() => dispatchEvent(new Event('pagehide')));
});

test('where the browser has no Background Sync nothing happens, and nothing breaks', async (context) => {
  const till = await tillWithWorker(context);
  const page = await till.openPage('without Background Sync');
  till.app.online = false;
  await sell(page);
  till.app.online = true;
  await page.evaluate(() => window.engine?.drain());
  checkLedger(await till.ledger(), new Map([[sale, saves.length]]));
});

interface Till {
  readonly app: TinyApp;
  /** Opens a page of the app with the till's engine, whose work in the background is registered. */
  openPage(browser?: 'without Background Sync'): Promise<Page>;
  /** Has the browser send the event, as it does when it sees a network; resolves when the worker is done with it. */
  sync(): Promise<void>;
  synced(): Promise<Window['synced']>;
  ledger(): Promise<Ledger>;
}

/** A till whose app has a service worker, with a menu on its disk and no page open. */
async function tillWithWorker(context: TestContext): Promise<Till> {
  const server = await startLocalServer();
  context.after(() => server.stop());
  const { tenantId, devices } = await openRestaurant(server, ['Till A']);
  const app = await startTinyApp(server.url);
  context.after(() => app.stop());
  const browser = await startChromium();
  context.after(() => browser.close());
  const profile = await browser.newContext();
  await profile.addInitScript(() => {
    window.registered = [];
    const { SyncManager } = window as unknown as {
      SyncManager: { prototype: { register(tag: string): Promise<void> } };
    };
    SyncManager.prototype.register = (tag) => {
      window.registered.push(tag);
      return Promise.resolve();
    };
  });
  const registrationId = await installWorker(profile, app, devices[0]);
  // A page of another origin speaks with the browser: the app's own are to be closed.
  const session = await profile.newCDPSession(await profile.newPage());
  await session.send('ServiceWorker.enable');
  const [worker] = profile.serviceWorkers();
  assert.ok(worker);
  const synced = (): Promise<Window['synced']> =>
    worker.evaluate(() => (globalThis as unknown as Pick<Window, 'synced'>).synced);
  return {
    app,
    synced,
    openPage: async (kind) => {
      const page = await profile.newPage();
      if (kind !== undefined) {
        await page.addInitScript(() => {
          delete (ServiceWorkerRegistration.prototype as { sync?: unknown }).sync;
        });
      }
      assert.equal(await openEngineIn(page, app.url, devices[0]), 'opened');
      await page.evaluate(registerIn, tag);
      return page;
    },
    sync: async () => {
      const before = (await synced()).ended.length;
      await sendSyncEvent(session, app.url, registrationId, tag);
      await until('the event is over', async () => (await synced()).ended.length > before);
    },
    ledger: () => ledgerOf(server, tenantId),
  };
}

/** Lets the app register its worker and bring the menu to the disk; tells how the browser calls the registration. */
async function installWorker(profile: BrowserContext, app: TinyApp, enrolment?: DeviceEnrolment): Promise<string> {
  const page = await profile.newPage();
  const registered = registrationIn(await profile.newCDPSession(page));
  assert.equal(await openEngineIn(page, app.url, enrolment), 'opened');
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js', { type: 'module' });
    await navigator.serviceWorker.ready;
  });
  await page.waitForFunction(() => window.engine?.menu() !== undefined);
  const registrationId = await registered;
  await page.close();
  return registrationId;
}

/** Runs in the page. */
async function registerIn(name: string): Promise<void> {
  const { engine, background } = window;
  if (engine === undefined) throw new Error('no engine is open');
  const registration = await navigator.serviceWorker.ready;
  window.stopBackgroundSync = background.registerBackgroundSync(engine, registration, name);
}

/** Makes the sale, every save of which is on the disk when it resolves. */
async function sell(page: Page): Promise<void> {
  await page.evaluate(async (sold) => {
    const orders = window.engine?.orders;
    if (orders === undefined) throw new Error('no engine is open');
    for (const save of window.sale.commandsOf(orders, sold)) await save();
  }, sale);
}

const depthIn = (page: Page): Promise<number | undefined> => page.evaluate(() => window.engine?.status().queueDepth);

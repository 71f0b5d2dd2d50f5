import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { StorageAdapter } from '@auraconnect/offline-sync';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../browser/chromium.ts';
import { startKillableChromium } from '../browser/killable_chromium.ts';
import { startTinyApp, type TinyApp } from '../browser/tiny_app.ts';
import { durableLaws, fullLaws, laws } from './contract.ts';

let app: TinyApp;
let browser: Browser;

before(async () => {
  app = await startTinyApp();
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  app?.stop();
});

async function freshPage(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await openApp(page);
  return page;
}

/** A page that has opened a store before: its browser writes in a fresh log. */
async function pageWithFreshLog(): Promise<Page> {
  const page = await freshPage();
  await page.evaluate(async () => (await window.face.indexedDbStorage('first')).close());
  return page;
}

async function openApp(page: Page): Promise<void> {
  await page.goto(app.url);
  await page.waitForFunction(() => window.face !== undefined);
}

for (const [list, names] of [
  ['laws', Object.keys(laws)],
  ['durableLaws', Object.keys(durableLaws)],
] as const) {
  for (const law of names) {
    test(`in Chromium's IndexedDB: ${law}`, async () => {
      const page = await freshPage();
      await page.evaluate(([part, name]) => window.contract[part][name]?.(window.face.indexedDbStorage, 'store'), [
        list,
        law,
      ] as const);
    });
  }
}

test('a commit resolves after the transaction is complete, and asks for strict durability', async () => {
  const page = await pageWithFreshLog();
  const seen = await page.evaluate(async () => {
    const happened: string[] = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...args: Parameters<typeof original>) {
      const transaction = original.apply(this, args);
      happened.push(`${args[1]} ${args[2]?.durability}`);
      transaction.addEventListener('complete', () => happened.push('complete'));
      return transaction;
    };
    for (const call of ['add', 'put'] as const) {
      const asked = IDBObjectStore.prototype[call];
      IDBObjectStore.prototype[call] = function (...args: Parameters<typeof asked>) {
        const request = asked.apply(this, args);
        request.addEventListener('success', () => happened.push(call));
        return request;
      };
    }
    const store = await window.face.indexedDbStorage('spied');
    const value = new Uint8Array(64 * 1024);
    await store.commit({ create: [['a', value]], put: [['b', value]], delete: ['c'] });
    happened.push('resolved');
    return happened;
  });
  assert.deepEqual(seen, ['readwrite strict', 'add', 'put', 'complete', 'resolved']);
});

test('three hundred values are read in one transaction', async () => {
  const page = await freshPage();
  const seen = await page.evaluate(async () => {
    const store = await window.face.indexedDbStorage('spied');
    const keys = Array.from({ length: 300 }, (_, place) => `key/${place}`);
    await store.commit({ create: keys.map((key) => [key, Uint8Array.of(1)]), put: [], delete: [] });
    let transactions = 0;
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...args: Parameters<typeof original>) {
      transactions += 1;
      return original.apply(this, args);
    };
    const values = await store.read(keys);
    return { transactions, found: values.filter((value) => value?.[0] === 1).length };
  });
  assert.deepEqual(seen, { transactions: 1, found: 300 });
});

test('a batch that does not fit on the disk is refused with STORAGE_FULL, and nothing of it is there', async () => {
  const page = await freshPage();
  await limitQuota(page, 1024 * 1024);
  const seen = await page.evaluate(async () => {
    const store = await window.face.indexedDbStorage('small');
    await store.commit({ create: [['kept', Uint8Array.of(1)]], put: [], delete: [] });
    const large = crypto.getRandomValues(new Uint8Array(64 * 1024));
    const put = Array.from({ length: 100 }, (_, place) => [`large/${place}`, large] as const);
    const outcome = await store.commit({ create: [['new', Uint8Array.of(2)]], put, delete: ['kept'] }).then(
      () => 'accepted',
      (error: { code?: string }) => error.code,
    );
    return { outcome, keys: await store.list('') };
  });
  assert.deepEqual(seen, { outcome: 'STORAGE_FULL', keys: ['kept'] });
});

test('on a disk with a quota: a store that is full says so, has nothing of what it refused and all of what it took', async (context) => {
  // A private window keeps its databases in memory and does not count what they hold; a profile on disk does.
  const profileDir = await mkdtemp(join(tmpdir(), 'quota-'));
  const onDisk = await startKillableChromium(profileDir);
  context.after(async () => {
    await onDisk.kill();
    await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
  });
  await openApp(onDisk.page);
  await limitQuota(onDisk.page, 1024 * 1024);
  const [law] = Object.keys(fullLaws);
  await onDisk.page.evaluate(
    (name) => window.contract.fullLaws[name ?? '']?.(window.face.indexedDbStorage, 'small'),
    law,
  );
});

test('how much room there is, and whether the store is safe from eviction, is asked of the browser', async () => {
  const page = await freshPage();
  const [space, persisted] = await page.evaluate(async () => {
    const store = await window.face.indexedDbStorage('till');
    return [await store.space?.(), await store.persist?.()] as const;
  });
  assert.ok(space !== undefined && space.quotaBytes !== null && space.quotaBytes > space.usedBytes);
  assert.equal(typeof persisted, 'boolean');
});

test('a connection that the browser closes fails what was asked of it, and the next call connects again', async () => {
  const page = await pageWithFreshLog();
  const seen = await page.evaluate(async () => {
    const databases: IDBDatabase[] = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...args: Parameters<typeof original>) {
      if (!databases.includes(this)) databases.push(this);
      return original.apply(this, args);
    };
    const store = await window.face.indexedDbStorage('till');
    const commit = (key: string) =>
      store.commit({ create: [[key, Uint8Array.of(1)]], put: [], delete: [] }).then(
        () => 'accepted',
        (error: { code?: string }) => error.code,
      );
    const told = [await commit('a')];
    // As Safari does it: nobody is told, the next transaction just cannot be had.
    databases[0]?.close();
    told.push(await commit('b'), await commit('c'));
    // As Chromium does it: the connection is told.
    databases[1]?.close();
    databases[1]?.dispatchEvent(new Event('close'));
    told.push(...(await Promise.all([commit('d'), commit('e')])));
    return { told, keys: await store.list(''), connections: databases.length };
  });
  assert.deepEqual(seen, {
    told: ['accepted', 'STORAGE_FAILED', 'accepted', 'accepted', 'accepted'],
    keys: ['a', 'c', 'd', 'e'],
    connections: 3,
  });
});

test('a store that the browser has deleted is not begun anew behind the back of who has it open', async () => {
  const page = await freshPage();
  await page.evaluate(async () => {
    const store = await window.face.indexedDbStorage('till');
    await store.commit({ create: [['a', Uint8Array.of(1)]], put: [], delete: [] });
    Object.assign(window, { store });
  });
  const session = await page.context().newCDPSession(page);
  const origin = new URL(app.url).origin;
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  const seen = await page.evaluate(async () => {
    const { store } = window as unknown as { store: StorageAdapter };
    const told: unknown[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await store.commit({ create: [['b', Uint8Array.of(1)]], put: [], delete: [] }).then(
        () => told.push('accepted'),
        (error: { code?: string; message: string }) => told.push(error.code, error.message),
      );
    }
    return { told: told.slice(-2), databases: (await indexedDB.databases()).length };
  });
  assert.deepEqual(seen, { told: ['STORAGE_FAILED', 'the browser has deleted the store'], databases: 0 });
});

test('another tab that upgrades the store gets it, and this one is told so', async () => {
  const page = await freshPage();
  const told = await page.evaluate(async () => {
    const store = await window.face.indexedDbStorage('till');
    await new Promise((resolve, reject) => {
      const request = indexedDB.open('till', 2);
      request.onsuccess = resolve;
      request.onerror = reject;
      request.onblocked = reject;
    });
    return store.commit({ create: [['a', Uint8Array.of(1)]], put: [], delete: [] }).then(
      () => 'accepted',
      (error: { code?: string }) => error.code,
    );
  });
  assert.equal(told, 'STORAGE_FAILED');
});

/** Lets the page's origin hold no more than so many bytes. */
async function limitQuota(page: Page, quotaSize: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(app.url).origin, quotaSize });
}

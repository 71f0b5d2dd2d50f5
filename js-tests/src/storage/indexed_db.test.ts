import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../browser/chromium.ts';
import { startTinyApp, type TinyApp } from '../browser/tiny_app.ts';
import { durableLaws, laws } from './contract.ts';

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
  await page.goto(app.url);
  await page.waitForFunction(() => window.face !== undefined);
  return page;
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
  const page = await freshPage();
  const seen = await page.evaluate(async () => {
    const happened: string[] = [];
    const original = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...args: Parameters<typeof original>) {
      const transaction = original.apply(this, args);
      happened.push(`${args[1]} ${args[2]?.durability}`);
      transaction.addEventListener('complete', () => happened.push('complete'));
      return transaction;
    };
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...args: Parameters<typeof put>) {
      const request = put.apply(this, args);
      request.addEventListener('success', () => happened.push('put'));
      return request;
    };
    const store = await window.face.indexedDbStorage('spied');
    const value = new Uint8Array(64 * 1024);
    await store.commit({
      put: [
        ['a', value],
        ['b', value],
      ],
      delete: [],
    });
    happened.push('resolved');
    return happened;
  });
  assert.deepEqual(seen, ['readwrite strict', 'put', 'put', 'complete', 'resolved']);
});

test('a batch that does not fit on the disk is refused with STORAGE_FULL, and nothing of it is there', async () => {
  const page = await freshPage();
  const session = await page.context().newCDPSession(page);
  const origin = new URL(app.url).origin;
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1024 * 1024 });
  const seen = await page.evaluate(async () => {
    const store = await window.face.indexedDbStorage('small');
    await store.commit({ put: [['kept', Uint8Array.of(1)]], delete: [] });
    const large = crypto.getRandomValues(new Uint8Array(64 * 1024));
    const put = Array.from({ length: 100 }, (_, place) => [`large/${place}`, large] as const);
    const outcome = await store.commit({ put: [['new', Uint8Array.of(2)], ...put], delete: ['kept'] }).then(
      () => 'accepted',
      (error: { code?: string }) => error.code,
    );
    return { outcome, keys: await store.list('') };
  });
  assert.deepEqual(seen, { outcome: 'STORAGE_FULL', keys: ['kept'] });
});
